"""The `rbic` command.

Exit codes: 0 done; 1 a defect of rbic itself, with its traceback; 2 the command or configuration
is wrong; 3 the corpus is; 4 a step failed; 130 interrupted. After 4 and 130 the same command goes
on where it stopped.
"""

import sys
from types import ModuleType
from typing import Annotated, NoReturn

import typer

from rbic import __version__
from rbic.export.target import Target

EXIT_INTERRUPTED = 130

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Refine a corpus of reasoning samples to the part that teaches nearly everything.",
)  # fmt: skip


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rbic {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Refine a corpus of reasoning samples to the part that teaches nearly everything."""


@app.command("refine")
def refine_command(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CORPUS... [KEY=VALUE...]",
            help="Files, folders, patterns, URIs (s3://, gs://, hf://) or hub data sets; and "
            "settings such as select.budget=0.1.",
        ),
    ] = None,
    out: Annotated[str | None, typer.Option(help="Folder or URI for everything it writes.")] = None,
    budget: Annotated[
        str | None, typer.Option(help="What to keep: 0.16 or 16% of the tokens, or tokens.")
    ] = None,
    config: Annotated[str | None, typer.Option(help="YAML file of settings.")] = None,
    until: Annotated[str | None, typer.Option(help="Stop after this step.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Only say what would be done.")] = False,
) -> None:
    """Refine a corpus: read, link, divide, measure, score, select, report.

    Run the same command again to go on where it was stopped; with a changed setting, only what
    depends on it is done again.
    """
    with _Exits() as commands:
        commands.run_refine(arguments or [], out, budget, config, until, dry_run)


@app.command("evaluate")
def evaluate_command(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MODEL [FILE...] [KEY=VALUE...]",
            help="A hub name, a folder with a model or an adapter of peft, or sample:model; more "
            "files; and settings such as evaluate.by=[level].",
        ),
    ] = None,
    on: Annotated[
        list[str] | None, typer.Option(help="File, folder, URI or hub data set to evaluate on.")
    ] = None,
    out: Annotated[str | None, typer.Option(help="Folder or URI for everything it writes.")] = None,
    samples: Annotated[
        int | None, typer.Option(help="Replies to each problem, drawn at temperature 1.")
    ] = None,
    config: Annotated[str | None, typer.Option(help="YAML file of settings.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Only say what would be done.")] = False,
) -> None:
    """Evaluate a model: let it answer, check its answers, give accuracy with its interval.

    Greedy unless told otherwise. Run the same command again to go on where it was stopped.
    """
    with _Exits() as commands:
        commands.run_evaluate(arguments or [], on or [], out, samples, config, dry_run)


@app.command("finetune")
def finetune_command(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="DIR... [KEY=VALUE...]",
            help="The --out folder of a refine run, or files as for refine; and settings such as "
            "finetune.epochs=2.",
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="A model on the hub, a folder, or sample:model.")
    ] = None,
    out: Annotated[str | None, typer.Option(help="Folder or URI for everything it writes.")] = None,
    config: Annotated[str | None, typer.Option(help="YAML file of settings.")] = None,
) -> None:
    """Fine-tune a model on the refined shard: LoRA, through Ray Train.

    Run the same command again to go on where it was stopped.
    """
    with _Exits() as commands:
        commands.run_finetune(arguments or [], model, out, config)


@app.command("compare")
def compare_command(
    file: Annotated[str, typer.Argument(help="YAML file of settings.")],
    overrides: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY=VALUE...]", help="Settings to change.")
    ] = None,
    out: Annotated[str | None, typer.Option(help="Folder or URI for everything it writes.")] = None,
    so_far: Annotated[
        bool,
        typer.Option(
            "--so-far", help="Write table and page of the trials that are done, and run none."
        ),
    ] = False,
) -> None:
    """Fine-tune on what every method chooses, evaluate, and say what each is worth.

    Run the same command again to go on where it was stopped; methods, budgets and seeds that are
    added are run, and the others kept. While it runs, or after it was stopped, --so-far shows what
    is there.
    """
    with _Exits() as commands:
        commands.run_compare(file, overrides or [], out, so_far)


@app.command("explain")
def explain_command(
    folder: Annotated[str, typer.Argument(help="The output folder of a run.")],
    sample: Annotated[str, typer.Argument(help="A sample id, or SOURCE:ROW.")],
) -> None:
    """Tell the whole story of one row: what it is, what was found out, why it was kept or not."""
    with _Exits() as commands:
        typer.echo(commands.explain_row(folder, sample))


@app.command("export")
def export_command(
    run: Annotated[str, typer.Argument(help="The output folder of refine, or of evaluate.")],
    target: Annotated[Target, typer.Option("--for", help="The tool that is to take it.")],
    out: Annotated[str, typer.Option(help="Folder or URI for the files.")],
    model: Annotated[
        str | None, typer.Option(help="The model to train, as the tool knows it.")
    ] = None,
) -> None:
    """Export a refined shard to a trainer, or an evaluation to lm-evaluation-harness."""
    with _Exits() as commands:
        for line in commands.export_run(run, target, out, model):
            typer.echo(line)


@app.command("settings")
def settings_command(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[COMMAND] [KEY=VALUE...]",
            help="One of refine, finetune, evaluate, compare, the first if left out; and settings "
            "to change.",
        ),
    ] = None,
    config: Annotated[str | None, typer.Option(help="YAML file of settings.")] = None,
) -> None:
    """Print all settings of a command with what they mean, as a file for --config."""
    with _Exits() as commands:
        typer.echo(commands.settings_of(arguments or [], config), nl=False)


class _Exits:
    """Turns the errors that a user can cause into one line and an exit code."""

    def __enter__(self) -> ModuleType:
        """What the commands do (rbic.commands)."""
        try:
            # Ray, pandas and numba take seconds to import, and no help needs them.
            from rbic import commands  # noqa: PLC0415
        except KeyboardInterrupt:
            _interrupted()
        self._exits = commands.EXITS
        return commands

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: object) -> None:  # fmt: skip
        """Say what is wrong, without a traceback, and leave with the code for it."""
        for kind_of_error, code in self._exits:
            if isinstance(error, kind_of_error):
                typer.echo(f"rbic: {error}", err=True)
                raise typer.Exit(code)
        if isinstance(error, KeyboardInterrupt):
            _interrupted()


def _interrupted() -> NoReturn:
    typer.echo("rbic: interrupted; run the same command again to go on", err=True)
    raise typer.Exit(EXIT_INTERRUPTED)


def main() -> None:
    """Run the command line."""
    app(prog_name="rbic")


def _job(command: str) -> None:
    """Run one command alone, as a job does."""
    sys.argv.insert(1, command)
    app(prog_name=f"python -m jobs.{command}")


def refine_main() -> None:
    """Run `refine` alone, as a job does."""
    _job("refine")


def evaluate_main() -> None:
    """Run `evaluate` alone, as a job does."""
    _job("evaluate")


def finetune_main() -> None:
    """Run `finetune` alone, as a job does."""
    _job("finetune")


def compare_main() -> None:
    """Run `compare` alone, as a job does."""
    _job("compare")


if __name__ == "__main__":
    main()
