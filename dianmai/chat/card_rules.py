"""What a card may say and who may press it: pure decisions."""

from msgspec.structs import replace

from dianmai.core.errors import Conflict, Invalid, NotAllowed, describe
from dianmai.core.text import require_name, require_text
from dianmai.wire.cards import Card, CardButton, NewButton, NewCard, NewField

describe(
    {
        "duplicate_button": ("两个按钮的编号都是“{button}”", "Two buttons have the id “{button}”"),
        "nobody_named": (
            "按钮“{button}”要指定谁可以按，或者改成所有人都可以按",
            "Say who may press “{button}”, or let everyone",
        ),
        "not_yours_to_press": ("这个按钮不是给您按的", "This button is for somebody else to press"),
        "card_settled": ("已经有人先处理了", "Somebody has already taken care of this"),
        "card_unchanged": ("卡片消息不能编辑", "A card can't be edited"),
    }
)


def require_clear(card: NewCard) -> NewCard:
    """The card as it is kept. Refuses words nobody can read or that mislead, and buttons one cannot tell apart."""
    seen: set[str] = set()
    for button in card.buttons:
        if button.id in seen:
            raise Invalid("duplicate_button", field="card.buttons", button=button.id)
        seen.add(button.id)
        if button.by == "named" and not button.people:
            raise Invalid("nobody_named", field="card.buttons", button=button.label)
    return replace(
        card,
        title=require_name(card.title, "card.title"),
        fields=[_field(field, f"card.fields[{at}]") for at, field in enumerate(card.fields)],
        buttons=[_button(button, f"card.buttons[{at}]") for at, button in enumerate(card.buttons)],
    )


def read_aloud(card: Card) -> str:
    """What a card says, for whoever cannot be shown it."""
    return "\n".join([f"【{card.title}】", *(f"{field.label}：{field.value}" for field in card.fields)])


def require_may_press(button: CardButton, author: int, actor: int) -> None:
    """Refuses who the button is not for. For whom a later version may have meant it, nobody knows here: for nobody."""
    may = {"everyone": True, "author": actor == author, "named": actor in button.people}
    if not may.get(button.by, False):
        raise NotAllowed("not_yours_to_press", field="button")


def require_undecided(*, decided: bool) -> None:
    """Refuses to decide a card once more."""
    if decided:
        raise Conflict("card_settled", field="button")


def require_no_card(card: Card | None) -> None:
    """Refuses to change the words of a card: they are what its buttons are about."""
    if card is not None:
        raise Conflict("card_unchanged", field="seq")


def _field(field: NewField, at: str) -> NewField:
    return NewField(label=require_name(field.label, f"{at}.label"), value=require_text(field.value, f"{at}.value"))


def _button(button: NewButton, at: str) -> NewButton:
    done = None if button.done is None else require_name(button.done, f"{at}.done")
    return replace(button, label=require_name(button.label, f"{at}.label"), done=done)
