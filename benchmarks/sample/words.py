"""Words that know their other forms, and the people of the stories.

English nouns know their singular, Chinese nouns their measure word, people their pronouns, so that
a sentence template can say `{item.one}`, `{item.unit}` or `{name.he}`.
"""

from enum import StrEnum
from typing import Self


class Language(StrEnum):
    """The language that a problem is written in."""

    ENGLISH = "en"
    CHINESE = "zh"


class Noun(str):
    """A countable thing. In English the text is the plural, in Chinese the bare noun."""

    __slots__ = ("a", "one", "unit")

    one: str
    """English: the singular. Chinese: the bare noun."""
    a: str
    """English: the singular with its indefinite article. Chinese: 一, measure word and noun."""
    unit: str
    """Chinese: the measure word. English: empty."""

    @classmethod
    def english(cls, one: str, many: str) -> Self:
        """An English noun from its two forms."""
        noun = cls(many)
        noun.one = one
        noun.a = f"{'an' if one[0] in 'aeiou' else 'a'} {one}"
        noun.unit = ""
        return noun

    @classmethod
    def chinese(cls, noun_text: str, unit: str) -> Self:
        """A Chinese noun with its measure word."""
        noun = cls(noun_text)
        noun.one = noun_text
        noun.a = f"一{unit}{noun_text}"
        noun.unit = unit
        return noun


class Person(str):
    """A named person, with pronouns."""

    __slots__ = ("he", "his")

    he: str
    his: str

    @classmethod
    def named(cls, name: str, he: str, his: str) -> Self:
        """A person from a name and two pronouns."""
        person = cls(name)
        person.he = he
        person.his = his
        return person


# Girls and boys take turns in both lists, so that person i has the same pronoun in both languages.
_ENGLISH_NAMES = (
    "Anna Ben Clara David Emma Felix Grace Henry Irene Jack Kate Leo Maria Noah Olivia Paul "
    "Rosa Sam Tina Victor Wendy Adam Bella Carl Daisy Eric Fiona George Helen Ivan Julia Kevin "
    "Laura Mark Nina Oscar Penny Ryan Sara Tom Uma Walter Zoe Alex Lily Peter Sofia Omar"
).split()
_CHINESE_NAMES = (
    "小红 小明 小丽 小刚 小芳 小强 小燕 小军 李梅 王伟 张敏 李华 陈静 刘洋 赵雪 周杰 "
    "吴婷 孙涛 何玲 马超 林娜 郭峰 黄莉 徐亮 高洁 罗勇 宋佳 唐磊 韩冰 曹宇 彭慧 邓凯 "
    "丽丽 明明 芳芳 刚刚 婷婷 乐乐 圆圆 冬冬 妞妞 壮壮 文文 强强 玲玲 亮亮 佳佳 东东"
).split()

PEOPLE = {
    Language.ENGLISH: tuple(
        Person.named(name, *(("he", "his") if i % 2 else ("she", "her")))
        for i, name in enumerate(_ENGLISH_NAMES)
    ),
    Language.CHINESE: tuple(
        Person.named(name, *(("他", "他的") if i % 2 else ("她", "她的")))
        for i, name in enumerate(_CHINESE_NAMES)
    ),
}

LETTERS = tuple("x y z u v w p q r s".split())


def nouns(table: str) -> dict[Language, tuple[Noun, ...]]:
    """Read a table of nouns, one a line: singular, plural, Chinese noun, measure word.

    The four fields are separated by `|`.
    """
    rows = [[field.strip() for field in line.split("|")] for line in table.strip().splitlines()]
    return {
        Language.ENGLISH: tuple(Noun.english(one, many) for one, many, _, _ in rows),
        Language.CHINESE: tuple(Noun.chinese(text, unit) for _, _, text, unit in rows),
    }


def phrases(table: str) -> dict[Language, tuple[str, ...]]:
    """Read a table of phrases, one a line: English, Chinese, separated by `|`."""
    rows = [[field.strip() for field in line.split("|")] for line in table.strip().splitlines()]
    return {
        Language.ENGLISH: tuple(english for english, _ in rows),
        Language.CHINESE: tuple(chinese for _, chinese in rows),
    }
