"""The configuration of a command: defaults, a YAML file, and dotted overrides, checked as one.

The only module that knows OmegaConf. A key that does not exist or a value of the wrong type is an
error that names the key, and where there is one the key that was probably meant.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from enum import Enum
from functools import partial
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from rbic import storage
from rbic.chunks import Workers
from rbic.cluster import ClusterConfig
from rbic.core.comparison import ComparisonRule
from rbic.core.contribution import ContributionRule
from rbic.core.integrity import ChainRule
from rbic.core.near_duplicates import NearDuplicateRule
from rbic.core.selection.refine import SelectConfig
from rbic.core.trials import CompareConfig
from rbic.models.checker import CheckRule
from rbic.models.encoder import EncoderConfig
from rbic.models.finetune_config import FinetuneConfig
from rbic.models.generator import GeneratorConfig, refuse_copies
from rbic.models.likelihood import LikelihoodConfig
from rbic.models.tokenizer import TokenConfig
from rbic.progress import LogFormat
from rbic.stages.accuracy import AccuracyConfig
from rbic.stages.attempts import ProblemConfig
from rbic.stages.difficulty import DifficultyConfig
from rbic.stages.domains import DomainConfig
from rbic.stages.ingest import IngestConfig
from rbic.stages.neighbours import NeighbourConfig
from rbic.stages.report import ReportConfig
from rbic.stages.shard import ShardConfig
from rbic.stages.templates import TemplateConfig
from rbic.train_workers import TrainWorkers

_OVERRIDE = re.compile(r"[a-z_]+(\.[a-z_0-9]+)*=", re.ASCII)
_INTERPOLATION = re.compile(r"(\\*)\$\{")
_MISSING = "???"
_TEXT_TAG = "tag:yaml.org,2002:str"
_GUESSED_TAGS = {
    f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "float", "timestamp", "value", "merge")
}
_ONE = partial(Workers, count=1)
_WITH_MODEL = partial(Workers, gpus_each=None)
_JUDGE = partial(GeneratorConfig, attempts=1, temperature=0.0, max_tokens=512)
Root = TypeVar("Root")
"""The record of a command's whole configuration."""


class ConfigError(ValueError):
    """The configuration cannot be used; the message names the key."""


@dataclass(frozen=True)
class WorkersConfig:
    """What the machine gives each step; chunk_rows of one with a model changes last bits."""

    scan: Workers = field(default_factory=Workers)
    ingest: Workers = field(default_factory=Workers)
    duplicates: Workers = field(default_factory=_ONE)
    templates: Workers = field(default_factory=_ONE)
    embed: Workers = field(default_factory=partial(_WITH_MODEL, chunk_rows=1024))
    neighbours: Workers = field(default_factory=partial(_WITH_MODEL, chunk_rows=4096))
    chains: Workers = field(default_factory=partial(Workers, chunk_rows=4096))
    near_duplicates: Workers = field(default_factory=_ONE)
    domains: Workers = field(default_factory=_ONE)
    problems: Workers = field(default_factory=_ONE)
    attempts: Workers = field(default_factory=partial(_WITH_MODEL, chunk_rows=256))
    verdicts: Workers = field(default_factory=partial(Workers, chunk_rows=4096))
    judgements: Workers = field(default_factory=partial(_WITH_MODEL, chunk_rows=4096))
    difficulty: Workers = field(default_factory=_ONE)
    contribution: Workers = field(default_factory=_ONE)
    select: Workers = field(default_factory=_ONE)
    shard: Workers = field(default_factory=Workers)
    report: Workers = field(default_factory=_ONE)
    likelihood: Workers = field(default_factory=partial(_WITH_MODEL, chunk_rows=512))


@dataclass(frozen=True)
class RunConfig:
    """Everything a run of `refine` can be told."""

    corpus: list[str] = field(default_factory=list)
    """Files, folders, patterns, URIs or hub names."""
    out: str = ""
    """Folder for everything the run writes: a path or a URI. There is no default."""
    seed: int = 0
    """The seed of every part that has none of its own."""
    ingest: IngestConfig = field(default_factory=IngestConfig)
    tokens: TokenConfig = field(default_factory=TokenConfig)
    templates: TemplateConfig = field(default_factory=TemplateConfig)
    embed: EncoderConfig = field(default_factory=EncoderConfig)
    neighbours: NeighbourConfig = field(default_factory=NeighbourConfig)
    near_duplicates: NearDuplicateRule = field(default_factory=NearDuplicateRule)
    domains: DomainConfig = field(default_factory=DomainConfig)
    chains: ChainRule = field(default_factory=ChainRule)
    problems: ProblemConfig = field(default_factory=ProblemConfig)
    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    check: CheckRule = field(default_factory=CheckRule)
    judge: GeneratorConfig = field(default_factory=_JUDGE)
    """A model that is asked about answers that the checker cannot decide; none unless judge.model
    is set."""
    difficulty: DifficultyConfig = field(default_factory=DifficultyConfig)
    contribution: ContributionRule = field(default_factory=ContributionRule)
    likelihood: LikelihoodConfig = field(default_factory=LikelihoodConfig)
    select: SelectConfig = field(default_factory=SelectConfig)
    shard: ShardConfig = field(default_factory=ShardConfig)
    report: ReportConfig = field(default_factory=ReportConfig)
    workers: WorkersConfig = field(default_factory=WorkersConfig)
    cluster: ClusterConfig = field(default_factory=ClusterConfig)
    log: LogFormat = LogFormat.AUTO

    def __post_init__(self) -> None:
        """Check the seeds, the GPUs that the model is spread over, and that rounds draw."""
        _check_seeds(self)
        _check_gpus("generator", self.generator, "attempts", self.workers.attempts)
        _check_judge(self.judge, self.workers.judgements)
        rounds = self.problems.rounds
        refuse_copies("generator", self.generator.temperature, "problems.rounds", rounds)


@dataclass(frozen=True)
class EvaluateWorkersConfig:
    """What the machine gives each step; chunk_rows of one with a model changes last bits."""

    scan: Workers = field(default_factory=Workers)
    ingest: Workers = field(default_factory=Workers)
    problems: Workers = field(default_factory=_ONE)
    attempts: Workers = field(default_factory=partial(_WITH_MODEL, chunk_rows=256))
    verdicts: Workers = field(default_factory=partial(Workers, chunk_rows=4096))
    judgements: Workers = field(default_factory=partial(_WITH_MODEL, chunk_rows=4096))
    accuracy: Workers = field(default_factory=_ONE)


@dataclass(frozen=True)
class EvaluateConfig:
    """Everything a run of `evaluate` can be told; the model is `generator.model`."""

    on: list[str] = field(default_factory=list)
    """Files, folders, patterns, URIs or hub names with questions and reference answers."""
    out: str = ""
    """Folder for everything the run writes: a path or a URI. There is no default."""
    seed: int = 0
    """The seed of every part that has none of its own."""
    ingest: IngestConfig = field(default_factory=partial(IngestConfig, chain_required=False))
    tokens: TokenConfig = field(default_factory=TokenConfig)
    generator: GeneratorConfig = field(
        default_factory=partial(GeneratorConfig, attempts=1, temperature=0.0)
    )
    check: CheckRule = field(default_factory=CheckRule)
    judge: GeneratorConfig = field(default_factory=_JUDGE)
    """A model that is asked about answers that the checker cannot decide; none unless judge.model
    is set."""
    evaluate: AccuracyConfig = field(default_factory=AccuracyConfig)
    workers: EvaluateWorkersConfig = field(default_factory=EvaluateWorkersConfig)
    cluster: ClusterConfig = field(default_factory=ClusterConfig)
    log: LogFormat = LogFormat.AUTO

    def __post_init__(self) -> None:
        """Check the seeds, and that the language model gets the GPUs it is spread over."""
        _check_seeds(self)
        _check_gpus("generator", self.generator, "attempts", self.workers.attempts)
        _check_judge(self.judge, self.workers.judgements)


@dataclass(frozen=True)
class CompareWorkersConfig(WorkersConfig):
    """The same, and the two steps that `compare` has besides."""

    encode: Workers = field(default_factory=Workers)
    trials: Workers = field(default_factory=_WITH_MODEL)


@dataclass(frozen=True)
class CompareJobConfig(RunConfig):
    """Everything a run of `compare` can be told: all of `refine`, and what is done with it."""

    finetune: FinetuneConfig = field(default_factory=FinetuneConfig)
    compare: CompareConfig = field(default_factory=CompareConfig)
    statistics: ComparisonRule = field(default_factory=ComparisonRule)
    workers: CompareWorkersConfig = field(default_factory=CompareWorkersConfig)

    def __post_init__(self) -> None:
        """Check what `refine` checks, and that several replies to a held-out problem are drawn."""
        super().__post_init__()
        asked = self.compare
        refuse_copies("compare", asked.temperature, "compare.attempts", asked.attempts)


@dataclass(frozen=True)
class FinetuneWorkers:
    """What the machine gives each step of `finetune` before the training."""

    scan: Workers = field(default_factory=Workers)
    ingest: Workers = field(default_factory=Workers)
    encode: Workers = field(default_factory=Workers)


@dataclass(frozen=True)
class FinetuneJobConfig:
    """Everything a run of `finetune` can be told."""

    corpus: list[str] = field(default_factory=list)
    """The --out folder of a refine run, or files, folders, URIs or hub names as for `refine`."""
    out: str = ""
    """Folder for everything the run writes: a path or a URI. There is no default."""
    seed: int = 0
    """The seed of every part that has none of its own."""
    ingest: IngestConfig = field(default_factory=IngestConfig)
    tokens: TokenConfig = field(default_factory=TokenConfig)
    finetune: FinetuneConfig = field(default_factory=FinetuneConfig)
    train: TrainWorkers = field(default_factory=TrainWorkers)
    workers: FinetuneWorkers = field(default_factory=FinetuneWorkers)
    cluster: ClusterConfig = field(default_factory=ClusterConfig)
    log: LogFormat = LogFormat.AUTO

    def __post_init__(self) -> None:
        """Check the seeds."""
        _check_seeds(self)


SEEDED: dict[type, tuple[str, ...]] = {
    RunConfig: ("domains", "problems", "generator", "judge", "select"),
    EvaluateConfig: ("generator", "judge", "evaluate"),
    FinetuneJobConfig: ("finetune",),
    CompareJobConfig: (
        "domains",
        "problems",
        "generator",
        "judge",
        "select",
        "finetune",
        "statistics",
    ),
}
"""By root record the parts whose seed is the run's where they are given none."""

COMMANDS: dict[str, type] = {
    "refine": RunConfig,
    "finetune": FinetuneJobConfig,
    "evaluate": EvaluateConfig,
    "compare": CompareJobConfig,
}
"""The root record of each command."""


def _check_seeds(config: Any) -> None:
    parts = SEEDED[type(config)]
    for name, seed in (("", config.seed), *((f"{p}.", getattr(config, p).seed) for p in parts)):
        if not 0 <= seed < 2**32:
            raise ValueError(f"{name}seed must be in [0, 2^32), got {seed}")


def _check_gpus(part: str, generator: GeneratorConfig, step: str, workers: Workers) -> None:
    """An engine uses all GPUs that its worker holds, and has no others.

    Ray finds a node that has so many, and shows the worker those alone.
    """
    if workers.gpus_each and max(workers.gpus_each, 1) != generator.tensor_parallel:
        raise ValueError(
            f"workers.{step}.gpus_each must be {part}.tensor_parallel "
            f"({generator.tensor_parallel}), 0 on machines without a GPU, or null; got "
            f"{workers.gpus_each:g}"
        )


def _check_judge(judge: GeneratorConfig, workers: Workers) -> None:
    """A judge is asked once, in fixed words, and gives its likeliest reply."""
    fixed = {"attempts": 1, "temperature": 0, "prompt": "{question}"}
    for name, value in fixed.items():
        if (got := getattr(judge, name)) != value:
            raise ValueError(f"judge.{name} must stay {value}, got {got}")
    _check_gpus("judge", judge, "judgements", workers)


def is_override(argument: str) -> bool:
    """Whether a command line argument is `dotted.key=value` and not a path."""
    return _OVERRIDE.match(argument) is not None


def load_config(
    file: str | None, overrides: Sequence[str] = (), values: Mapping[str, Any] | None = None
) -> RunConfig:
    """The configuration of `refine`; see `load`."""
    return load(RunConfig, file, overrides, values)


def load(
    root: type[Root],
    file: str | None,
    overrides: Sequence[str] = (),
    values: Mapping[str, Any] | None = None,
) -> Root:
    """Compose a configuration: defaults, then a YAML file, then values, then overrides.

    Args:
        root: the record of all settings.
        file: path or URI of a YAML file, or None.
        overrides: `dotted.key=value`. A text setting takes the value as it is, unless all of it is
            quoted as YAML, or is null; any other reads it as YAML.
        values: values by dotted key, from the command's own options; None too.

    Raises:
        ConfigError: an unknown key, a value of the wrong type or out of range, a file that cannot
            be read.
    """
    given = [_from_file(file, root)] if file is not None else []
    given += [_nested(key, literal(value)) for key, value in (values or {}).items()]
    given += [_nested(*_split(override, root)) for override in overrides]
    try:
        config = OmegaConf.structured(root)
        config = OmegaConf.merge(config, {part: {"seed": "${seed}"} for part in SEEDED[root]})
        for layer in given:
            _check_keys(layer, root, root)
            config = OmegaConf.merge(config, _with_members(layer, root))
        made = OmegaConf.to_object(config)
    except OmegaConfBaseException as error:
        raise ConfigError(_first_line(error)) from error
    except ValueError as error:
        raise ConfigError(str(error)) from error
    assert isinstance(made, root)
    return made


def literal(value: Any) -> Any:
    """A text or texts escaped, so that OmegaConf puts nothing in the place of a ${name}."""
    if isinstance(value, list):
        return [literal(one) for one in value]
    if isinstance(value, str):
        # A backslash before ${ is an escape too, and is doubled.
        return _INTERPOLATION.sub(lambda found: found[1] * 2 + r"\${", value)
    return value


def _from_file(path: str, root: type) -> dict[str, Any]:
    try:
        text = storage.read_bytes(path).decode()
    except FileNotFoundError as error:
        raise ConfigError(f"no configuration file {path!r}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"configuration file {path!r} cannot be read: {error}") from error
    read = _yaml(text, root, path)
    if read is None:
        return {}
    if not isinstance(read, dict):
        raise ConfigError(f"{path}: expected keys and values, got {type(read).__name__}")
    return read


def _yaml(text: str, kind: Any, where: str) -> Any:
    """What YAML gives a setting of that type; a file gives the root record."""
    try:
        return _Loader(text).read(kind)
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{where}: not valid YAML: {' '.join(str(error).split())}") from error


class _Loader(yaml.SafeLoader):
    """YAML read by declared types: keys, and what is to be text, stay as they are written.

    YAML alone makes True of the key `on` and of the text yes, and 83 of the revision 0123.
    """

    def read(self, kind: Any) -> Any:
        """The one document, None where it is empty."""
        node = self.get_single_node()
        return None if node is None else self.construct_document(self._declared(node, kind))

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Refuse a key that is given twice: its first value would be lost."""
        node = super().compose_mapping_node(anchor)
        names = [name.value for name, _ in node.value if isinstance(name, yaml.ScalarNode)]
        for name in names:
            if names.count(name) > 1:
                problem = f"found duplicate key {name}"
                raise yaml.composer.ComposerError(None, None, problem, node.start_mark)
        return node

    def _declared(self, node: yaml.Node, kind: Any) -> yaml.Node:
        """The node with its keys and texts tagged as text.

        It is a copy: an alias may give one node to settings of several types.
        """
        kinds = _alternatives(kind)
        if isinstance(node, yaml.MappingNode):
            self.flatten_mapping(node)
            inside: list[Any] = [
                (_as_text(name), self._declared(value, _type_inside(kind, name.value)))
                for name, value in node.value
            ]
            return yaml.MappingNode(node.tag, inside, node.start_mark, node.end_mark)
        if isinstance(node, yaml.SequenceNode):
            item = next((get_args(one)[0] for one in kinds if get_origin(one) is list), None)
            inside = [self._declared(one, item) for one in node.value]
            return yaml.SequenceNode(node.tag, inside, node.start_mark, node.end_mark)
        return _as_text(node) if str in kinds and node.tag in _GUESSED_TAGS else node


def _as_text(node: yaml.Node) -> yaml.Node:
    if not isinstance(node, yaml.ScalarNode):
        return node
    return yaml.ScalarNode(_TEXT_TAG, node.value, node.start_mark, node.end_mark)


def _alternatives(kind: Any) -> tuple[Any, ...]:
    """What a value may be: `str | None` is two types, and any other one."""
    return get_args(kind) if get_origin(kind) is UnionType else (kind,)


def _type_inside(kind: Any, name: Any) -> Any:
    """The declared type of what has that name in a record or dict; None where there is none."""
    if is_dataclass(kind):
        return get_type_hints(kind).get(name)
    return get_args(kind)[1] if get_origin(kind) is dict else None


def _split(override: str, root: type) -> tuple[str, Any]:
    """Key and value of an override, the value read by its declared type; nothing is empty text."""
    key, equals, text = override.partition("=")
    if not equals:
        raise ConfigError(f"expected a setting as key=value, got {override!r}")
    kind: Any = root
    for part in key.split("."):
        kind = _type_inside(kind, part)
    if not text:
        return key, ""
    if str in _alternatives(kind):
        # A null is refused by name where there must be a text.
        return key, None if text == "null" else literal(_unquoted(text))
    value = _yaml(text, kind, override)
    _refuse_comment(key, text)
    return key, value


def _unquoted(text: str) -> str:
    """The text within the quotes where all of it is one quoted text of YAML, or else as it is."""
    stripped = text.strip()
    if not stripped.startswith(("'", '"')):
        return text
    try:
        node = yaml.compose(stripped, yaml.SafeLoader)
    except yaml.YAMLError:
        return text
    if isinstance(node, yaml.ScalarNode) and node.end_mark.index == len(stripped):
        return str(node.value)
    return text


def _refuse_comment(key: str, text: str) -> None:
    """Nobody comments a setting on a command line: what YAML would cut off was meant."""
    end = 0
    for token in yaml.scan(text, yaml.SafeLoader):
        if "#" in text[end : token.start_mark.index]:
            raise ConfigError(
                f"{key}: YAML ends a value at a # outside of quotes; expected none or one in "
                f"quotes, got {text}"
            )
        end = token.end_mark.index


def _nested(key: str, value: Any) -> dict[str, Any]:
    for part in reversed(key.split(".")):
        value = {part: value}
    assert isinstance(value, dict)
    return value


def _check_keys(layer: Mapping[str, Any], record: type, root: type, prefix: str = "") -> None:
    """Refuse a key that a record does not have, naming the most similar one it has."""
    types = get_type_hints(record)
    for key, value in layer.items():
        if key not in types:
            every = _all_keys(root)
            # The very name in another group is likelier meant than a like one in this.
            near = [one for one in every if one.rpartition(".")[2] == key]
            near = near or [f"{prefix}{one}" for one in difflib.get_close_matches(key, types, n=1)]
            near = near or difflib.get_close_matches(prefix + key, every, n=1)
            hint = f"; did you mean {' or '.join(near[:3])}?" if near else ""
            known = "" if near else f"; there are {', '.join(sorted(types))}"
            raise ConfigError(f"unknown key {prefix}{key}{hint}{known}")
        if is_dataclass(types[key]):
            if not isinstance(value, Mapping):
                raise ConfigError(f"{prefix}{key} is a group of settings, got {value!r}")
            _check_keys(value, types[key], root, f"{prefix}{key}.")


def _all_keys(record: type, prefix: str = "") -> list[str]:
    """Every dotted key there is; those of workers only where one asks for them by name."""
    keys = []
    for key, kind in get_type_hints(record).items():
        inside = is_dataclass(kind) and key != "workers"
        keys += _all_keys(kind, f"{prefix}{key}.") if inside else [prefix + key]
    return keys


def _with_members(layer: Mapping[str, Any], record: type, prefix: str = "") -> dict[str, Any]:
    """The layer with the values of closed choices turned into members, which OmegaConf names.

    What OmegaConf would take without a word is refused: its mark of a missing value, which leaves
    the setting as it was, and a list or dict within a list of plain values.
    """
    types = get_type_hints(record)
    made: dict[str, Any] = {}
    for key, value in layer.items():
        kind = types[key]
        items = value if isinstance(value, list) else []
        if _MISSING in (value, *items):
            raise ConfigError(f"{prefix}{key} must be a value, got {_MISSING}: it stands for none")
        for at, one in enumerate(items):
            if isinstance(one, list | dict):
                raise ConfigError(
                    f"{prefix}{key}[{at}] must be one value, a text in quotes; got {one!r}"
                )
        if is_dataclass(kind) and isinstance(value, Mapping):
            made[key] = _with_members(value, kind, f"{prefix}{key}.")  # type: ignore[arg-type]
        elif isinstance(kind, type) and issubclass(kind, Enum) and isinstance(value, str):
            choices = [str(member.value) for member in kind]
            if value not in choices:
                raise ConfigError(f"{prefix}{key} must be one of {', '.join(choices)}; got {value}")
            made[key] = kind(value)
        else:
            made[key] = value
    return made


def _first_line(error: Exception) -> str:
    """OmegaConf's message and the key it is about, without its further lines."""
    lines = str(error).splitlines()
    key = next((line.split(":", 1)[1].strip() for line in lines if "full_key:" in line), "")
    return f"{key}: {lines[0]}" if key else lines[0]
