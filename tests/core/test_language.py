import pytest

from rbic.core.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is 3 + 4?", "en"),
        ("3 + 4 = 7", "en"),
        ("", "en"),
        ("小明有3个苹果，又买了4个。", "zh"),
        (r"设 $f(x)=\frac{a}{b}$，求最大值", "zh"),
        ("リンゴは何個ありますか", "other"),
        ("사과가 몇 개", "other"),
        ("Сколько яблок у Маши", "other"),
        ("The word 北京 means Beijing, which is the capital of the country", "en"),
    ],
)
def test_language_is_told_by_script(text, language):
    assert language_of(text) == language
