"""The page: contents and shown rows laid out as one HTML file that needs nothing else.

Every text is escaped by the template engine. Should one slip through nevertheless, the page's
content security policy names the digest of its one script, and no other script runs.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from rbic.core.layouts import layout_from_json
from rbic.report import words
from rbic.report.browse import ShownRow
from rbic.report.charts import Chart, draw_histogram
from rbic.report.contents import Contents
from rbic.report.summaries import top_and_rest
from rbic.report.trust import Check, Notice

_FOLDER = Path(__file__).parent
_SHOWN_DOMAINS = 30
_SHOWN_SOURCES = 20
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)


def render(
    contents: Contents,
    notices: Sequence[Notice],
    checks: Sequence[Check],
    shown: Sequence[ShownRow],
    reject_examples: Mapping[str, Sequence[Mapping[str, Any]]],
    medoids: Mapping[int, str],
) -> str:
    """The whole page.

    Args:
        contents: the sums.
        notices: what to say before all else.
        checks: what was compared.
        shown: rows to browse.
        reject_examples: some rejects (source, row, detail, raw), by reason.
        medoids: the question of the most typical sample, by domain.
    """
    made = environment()
    script, digest = page_script()
    groups = [domain.tally for domain in contents.domains]
    domain_figure = list(contents.domains[:_SHOWN_DOMAINS])
    return made.get_template("page.html.j2").render(
        c=contents,
        notices=notices,
        checks=checks,
        shown=shown,
        reject_examples=reject_examples,
        medoids=medoids,
        charts=_charts(contents),
        domain_figure=domain_figure,
        domain_rest=top_and_rest(groups, _SHOWN_DOMAINS, "domains")[len(domain_figure) :],
        sources=contents.sources[:_SHOWN_SOURCES],
        source_rest=top_and_rest(
            [source.tally for source in contents.sources], _SHOWN_SOURCES, "files"
        )[_SHOWN_SOURCES:],
        parameters=parameters(contents.facts),
        css=Markup((_FOLDER / "page.css").read_text(encoding="utf-8")),
        script=script,
        script_digest=digest,
        words=words,
    )


def page_script() -> tuple[Markup, str]:
    """The one script of a page, and its digest for the content security policy."""
    script = (_FOLDER / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return Markup(script), digest


def _charts(contents: Contents) -> list[tuple[Any, Chart, Markup]]:
    drawn = [
        (histogram, draw_histogram(histogram, f"chart-{number}"))
        for number, histogram in enumerate(contents.histograms)
    ]
    return [(histogram, chart, Markup(chart.svg)) for histogram, chart in drawn]


def environment() -> Environment:
    """Templates that escape every text, make hidden characters visible and know our filters."""
    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        percent=words.percent,
        compact=words.compact,
        said=words.said,
        counted=words.counted,
        size=words.size_words,
        layout=lambda text: layout_from_json(text).describe(),
        count=lambda number: f"{number:,}",
        css=lambda number: f"{number:.2f}".rstrip("0").rstrip("."),
    )
    return made


def _shown(value: Any) -> Any:
    """What the template puts out for a value: markup of ours as it is, texts made visible."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def visible(text: str) -> str:
    """A text in which control characters, also those that turn its direction, can be seen."""
    text = text.replace("\r\n", "\n")
    return _HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)


def parameters(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the driver told, the configuration last, nested records as dotted names."""
    plain = {name: value for name, value in facts.items() if name != "config"}
    return _dotted({**plain, **facts.get("config", {})}, "")


def _dotted(record: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    found = []
    for name, value in record.items():
        if isinstance(value, Mapping):
            found += _dotted(value, f"{prefix}{name}.")
        else:
            shown = str(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            found.append((f"{prefix}{name}", shown))
    return found
