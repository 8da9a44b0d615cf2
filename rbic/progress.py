"""What a run says as it works: a live line on a terminal, plain lines in a log, or JSON lines."""

import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import IO, Any

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

_LOOK_S = 10.0
"""Between looks at what is under way."""


class LogFormat(StrEnum):
    """How progress is written."""

    AUTO = "auto"
    LIVE = "live"
    PLAIN = "plain"
    JSON = "json"


def _duration(seconds: float) -> str:
    """Seconds as 12 s, 3 min 05 s or 2 h 04 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _speed(per_second: float) -> str:
    """A rate as 1,200/s, 4.5/min or 1.2/h."""
    if per_second >= 1:
        return f"{per_second:,.0f}/s"
    per_minute = per_second * 60
    return f"{per_minute:.1f}/min" if per_minute >= 1 else f"{per_minute * 60:.1f}/h"


@dataclass
class _Meter:
    """Rate and time left of the stage that runs."""

    stage: str
    unit: str
    total: int
    done: int = 0
    skipped: int = 0
    work_left: float = 0.0
    work_done: float = 0.0
    """In this run, in the unit of `work_left`."""
    started: float = field(default_factory=time.monotonic)
    under_way: list[str] = field(default_factory=list)
    """What the chunks that take long say of themselves."""

    def facts(self) -> dict[str, Any]:
        """Counts, rate (units a second of this run) and seconds left (None when unknown)."""
        elapsed = time.monotonic() - self.started
        fresh = self.done - self.skipped
        rate = fresh / elapsed if fresh and elapsed > 0 else 0.0
        left = elapsed * max(0.0, self.work_left) / self.work_done if self.work_done else None
        return {
            "stage": self.stage,
            "done": self.done,
            "total": self.total,
            "unit": self.unit,
            "rate": float(f"{rate:.3g}"),
            "elapsed_s": round(elapsed, 1),
            "left_s": None if left is None else round(left, 1),
            **({"under_way": self.under_way} if self.under_way else {}),
        }

    def line(self) -> str:
        """The same in one line."""
        facts = self.facts()
        share = self.done / self.total if self.total else 1.0
        text = f"{self.stage:<16} {self.done:>11,} / {self.total:,} {self.unit} {share:>5.0%}"
        if facts["rate"]:
            text += f"  {_speed(facts['rate'])}"
        if facts["left_s"] is not None and self.done < self.total:
            text += f"  {_duration(facts['left_s'])} left"
        text += f"  ({_duration(facts['elapsed_s'])})"
        return "\n  ".join([text, *self.under_way])


class Progress:
    """Tells a person or a log what happens. One stage runs at a time."""

    def __init__(
        self, log_format: LogFormat = LogFormat.AUTO, stream: IO[str] | None = None,
        interval_s: float = 10.0, silence_s: float = 60.0,
    ) -> None:  # fmt: skip
        """Write to `stream`, standard output by default.

        Args:
            log_format: how.
            stream: where.
            interval_s: a line at most that often.
            silence_s: and at least that often, also while no chunk is done.
        """
        self._stream = stream or sys.stdout
        self.console = Console(file=self._stream, highlight=False, soft_wrap=True)
        if log_format is LogFormat.AUTO:
            log_format = LogFormat.LIVE if self.console.is_terminal else LogFormat.PLAIN
        self._format = log_format
        self._interval_s = interval_s
        self._meter: _Meter | None = None
        self._live: Live | None = None
        self._last_line = 0.0
        self._silence_s = silence_s
        self._ended = threading.Event()
        self._beat: threading.Thread | None = None

    def say(self, text: str, **facts: Any) -> None:
        """Tell one thing: `text` to a person, `facts` with it to a JSON log."""
        if self._format is LogFormat.JSON:
            self._json("message", {"text": text, **facts})
        else:
            self.console.print(Text(text))

    def explain(self, stage: str, reason: str, plain: bool) -> None:
        """Why a stage is about to run. A person is not told what is plain."""
        if not plain or self._format is LogFormat.JSON:
            self.say(f"{stage:<16} {reason}", stage=stage)

    def start(
        self, stage: str, unit: str, total: int, done: int,
        look: Callable[[], list[str]] = list, work: float | None = None,
    ) -> None:  # fmt: skip
        """A stage begins, with `done` of its `total` rows committed by an earlier run.

        Args:
            stage: its name.
            unit: of what it works through.
            total: how many there are.
            done: how many were done by an earlier run.
            look: says now and then what is under way; a line for each.
            work: how much is left in a unit that tells the time better than rows; None takes rows.
        """
        left = total - done if work is None else work
        self._meter = _Meter(stage, unit, total, done, skipped=done, work_left=left)
        self._last_line = time.monotonic()
        self._ended = threading.Event()
        self._beat = threading.Thread(
            target=self._keep_telling, args=(self._meter, look, self._ended), daemon=True
        )
        self._beat.start()
        if self._format is LogFormat.JSON:
            self._json("start", self._meter.facts())
        elif self._format is LogFormat.LIVE:
            self._live = Live(
                get_renderable=self._renderable, console=self.console, transient=True,
                refresh_per_second=2,
            )  # fmt: skip
            self._live.start()

    def advance(self, rows: int, work: float | None = None) -> None:
        """A chunk of `rows` rows was committed, and with it `work` of what `start` was told."""
        assert self._meter is not None
        worked = rows if work is None else work
        self._meter.done += rows
        self._meter.work_done += worked
        self._meter.work_left -= worked
        if time.monotonic() - self._last_line >= self._interval_s:
            self._tell(self._meter)

    def _tell(self, meter: _Meter) -> None:
        """A line of how far the stage is."""
        self._last_line = time.monotonic()
        if self._format is LogFormat.JSON:
            self._json("progress", meter.facts())
        elif self._format is LogFormat.PLAIN:
            self.console.print(Text(meter.line()))

    def _keep_telling(
        self, meter: _Meter, look: Callable[[], list[str]], ended: threading.Event
    ) -> None:
        """Look at what is under way, and break a silence."""
        while not ended.wait(min(_LOOK_S, self._silence_s)):
            try:
                meter.under_way = look()
            except OSError:
                continue  # a store that does not answer for a while; the work itself would say
            if time.monotonic() - self._last_line >= self._silence_s and not ended.is_set():
                self._tell(meter)

    def finish(self, summary: str, **facts: Any) -> None:
        """The stage is done; `summary` says what came of it."""
        assert self._meter is not None
        meter = self._meter
        self.stop()
        if self._format is LogFormat.JSON:
            self._json("finish", {**meter.facts(), "text": summary, **facts})
        else:
            seconds = _duration(time.monotonic() - meter.started)
            self.console.print(Text(f"{meter.stage:<16} {summary}  ({seconds})"))

    def table(self, lines: Sequence[tuple[str, str]]) -> None:
        """The table at the end of a run: names and values."""
        if self._format is LogFormat.JSON:
            self._json("result", dict(lines))
            return
        width = max(len(name) for name, _ in lines)
        self.console.print()
        for name, value in lines:
            self.console.print(Text(f"{name:<{width}}  {value}"))

    def show(self, what: RenderableType) -> None:
        """Something drawn for a terminal; a log of JSON lines does without."""
        if self._format is not LogFormat.JSON:
            self.console.print()
            self.console.print(what)

    def stop(self) -> None:
        """Leave the terminal clean, also when a stage failed."""
        self._ended.set()
        if self._beat is not None:
            self._beat.join()
            self._beat = None
        if self._live is not None:
            self._live.stop()
            self._live = None
        self._meter = None

    def _renderable(self) -> Text:
        return Text(self._meter.line() if self._meter else "")

    def _json(self, event: str, facts: dict[str, Any]) -> None:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = json.dumps({"time": stamp, "event": event, **facts}, ensure_ascii=False)
        self._stream.write(line + "\n")
        self._stream.flush()
