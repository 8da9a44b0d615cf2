"""The command line: what it makes of its words, and the exit codes."""

import subprocess
import sys
from importlib import import_module

import pytest
from typer.testing import CliRunner

from rbic import cli, commands
from rbic.cluster import ChunkFailedError
from rbic.config import COMMANDS
from rbic.corpus import CorpusError
from rbic.train_workers import TrainFailedError

RUN = ["refine", "corpus.jsonl", "--out", "o"]


@pytest.fixture
def command(monkeypatch):
    """Runs the command with the job replaced; gives the result and the configurations it got."""
    configs = []

    def run(*words, error=None):
        def job(config, progress, until, dry_run):
            configs.append(config)
            if error is not None:
                raise error

        monkeypatch.setattr(commands, "refine", job)
        return CliRunner().invoke(cli.app, list(words)), configs

    return run


@pytest.mark.parametrize(
    ("text", "share", "tokens"),
    [("0.16", 0.16, None), ("16%", 0.16, None), ("1", 1.0, None), ("2000000", 0.16, 2_000_000)],
)
def test_a_budget_is_a_share_a_percentage_or_tokens(command, text, share, tokens):
    result, (config,) = command(*RUN, "--budget", text)
    assert result.exit_code == 0
    assert (config.select.budget, config.select.budget_tokens) == (share, tokens)


@pytest.mark.parametrize("text", ["150%", "1.5", "inf", "nan", "much", "0", "-3", "0%"])
def test_a_budget_that_cannot_be_is_refused(command, text):
    result, configs = command(*RUN, f"--budget={text}")
    assert (result.exit_code, configs) == (commands.EXIT_CONFIG, [])
    assert "budget" in result.output


def test_the_share_of_the_command_beats_the_tokens_of_the_file(command, tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("select: {budget_tokens: 500}\n")
    _, (config,) = command(*RUN, "--config", str(path), "--budget", "0.3")
    assert (config.select.budget, config.select.budget_tokens) == (0.3, None)


def test_words_are_corpus_files_or_settings(command):
    _, (config,) = command("refine", "a.jsonl", "select.floor=5", "s3://b/c?x=y", "--out", "o")
    assert config.corpus == ["a.jsonl", "s3://b/c?x=y"]
    assert config.select.floor == 5


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CorpusError("no such file"), commands.EXIT_CORPUS),
        (ChunkFailedError("embed: chunk 3"), commands.EXIT_STEP),
        (TrainFailedError("finetune: a worker was lost"), commands.EXIT_STEP),
        (KeyboardInterrupt(), cli.EXIT_INTERRUPTED),
    ],
)
def test_what_a_user_can_cause_is_one_line_and_a_code(command, error, code):
    result, _ = command(*RUN, error=error)
    assert result.exit_code == code
    assert result.output.startswith("rbic: ")
    assert len(result.output.splitlines()) == 1


def test_a_defect_is_a_traceback(command):
    result, _ = command(*RUN, error=ZeroDivisionError("of ours"))
    assert result.exit_code == 1
    assert isinstance(result.exception, ZeroDivisionError)


def test_settings_are_printed_with_what_they_mean(command):
    result, _ = command("settings", "select.budget=0.2")
    assert "  budget: 0.2\n" in result.output
    assert command("settings", "select.budgt=0.2")[0].exit_code == commands.EXIT_CONFIG


def test_help_waits_for_no_large_import_and_names_every_command():
    code = (
        "import sys; from typer.testing import CliRunner; from rbic import cli\n"
        "for words in (['--help'], ['--version'], ['settings', '--help'], ['export', '--help']):\n"
        "    result = CliRunner().invoke(cli.app, words)\n"
        "    assert result.exit_code == 0, result.output\n"
        "    print(result.output)\n"
        "print(*sorted({'ray', 'pandas', 'numba', 'torch', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *shown, imported = done.stdout.splitlines()
    assert imported == ""
    assert ", ".join(COMMANDS) in " ".join(" ".join(shown).replace("│", " ").split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_a_job_too(name, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["job", "--help"])
    job = getattr(import_module(f"jobs.{name}"), f"{name}_main")
    with pytest.raises(SystemExit) as end:
        job()
    assert end.value.code == 0
    assert f"Usage: python -m jobs.{name} {name} " in capsys.readouterr().out


def test_a_fine_tuning_is_told_of_corpus_model_and_settings(monkeypatch):
    configs = []
    monkeypatch.setattr(commands, "finetune", lambda config, progress: configs.append(config))
    words = ["finetune", "run1", "--model", "org/m", "--out", "o", "finetune.epochs=2.5"]
    assert CliRunner().invoke(cli.app, words).exit_code == 0
    (config,) = configs
    assert (config.corpus, config.out, config.finetune.model) == (["run1"], "o", "org/m")
    assert config.finetune.epochs == 2.5
