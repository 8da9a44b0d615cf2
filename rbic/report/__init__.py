"""The report of a run as one HTML page: pure summaries over Arrow tables, charts, the page."""

from importlib.util import find_spec


def report_available() -> bool:
    """Whether the page can be made here: the extra `report` brings jinja2."""
    return find_spec("jinja2") is not None
