"""The text that a model is trained to give for a sample."""

from rbic.core.final_answers import split_chain


def training_reply(chain: str, answer: str | None, language: str) -> str:
    """The chain, with the reference answer below where the chain does not state one."""
    if answer is None or split_chain(chain)[1] is not None:
        return chain
    word = "答案：" if language == "zh" else "Answer: "
    return f"{chain}\n{word}{answer}"
