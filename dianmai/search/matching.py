"""Whether something says what is searched for, where one looks through a few things without the index."""

from collections.abc import Callable

from dianmai.search import rules, words
from dianmai.search.findable import Said
from dianmai.search.following import compared

Wanted = Callable[[Said], bool]


def wanted(text: str) -> Wanted:
    """Tells of something whether its text, or one of its files by name, has all words of `text`.

    Refuses `query_too_long`, `blank_text`.
    """
    rules.require_query(text)
    terms = words.terms(text)

    def says(said: Said) -> bool:
        texts = [compared(said.title, said.text), *(compared(file.name, "") for file in said.files)]
        return any(words.has_all(terms, one) for one in texts)

    return says
