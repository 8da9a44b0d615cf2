"""vLLM used directly: all prompts at once, in this process, and no Ray.

    python -m benchmarks.generate.direct ASKED.json REPLIES.json

ASKED holds the settings of `generator`, the questions and the seeds; REPLIES gets the replies, and
when the model was loaded and all were written. Nothing of rbic generates here but the prompts.
"""

import json
import os
import sys
import time
from pathlib import Path

import vllm
from vllm.platforms import current_platform

from rbic.models.generator import Engine, GeneratorConfig, prompt_ids
from rbic.sample.names import located


def main(asked_path: str, replies_path: str) -> None:
    """Load, generate, write."""
    asked = json.loads(Path(asked_path).read_text())
    config = GeneratorConfig(**asked["generator"] | {"engine": Engine.VLLM})
    on_cpu = current_platform.is_cpu()
    # What rbic sets on a CPU, too: the same work on both sides.
    options = {"enforce_eager": True, "enable_chunked_prefill": False} if on_cpu else {}
    if config.tensor_parallel > 1 or on_cpu:
        options["distributed_executor_backend"] = "mp" if config.tensor_parallel > 1 else "uni"
    llm = vllm.LLM(
        model=located(str(config.model)),
        revision=config.revision,
        dtype=config.dtype,
        max_model_len=config.max_model_tokens,
        max_num_seqs=config.batch_replies,
        tensor_parallel_size=config.tensor_parallel,
        seed=config.seed,
        disable_log_stats=True,
        **options,
    )
    loaded = time.time()
    prompts = prompt_ids(llm.get_tokenizer(), config, asked["questions"])
    sampling = [
        vllm.SamplingParams(
            n=len(seeds) if config.temperature > 0 else 1,
            seed=seeds[0],
            temperature=config.temperature,
            top_p=config.top_p,
            max_tokens=min(config.max_tokens, llm.model_config.max_model_len - len(ids)),
        )
        for seeds, ids in zip(asked["seeds"], prompts, strict=True)
    ]
    outputs = llm.generate([{"prompt_token_ids": ids} for ids in prompts], sampling, use_tqdm=False)
    written = time.time()
    replies = [
        [[one.text, len(one.token_ids)] for one in sorted(output.outputs, key=lambda o: o.index)]
        for output in outputs
    ]
    Path(replies_path).write_text(
        json.dumps({"loaded": loaded, "written": written, "replies": replies})
    )
    # Nothing is to be measured of how the libraries end.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
