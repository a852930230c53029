"""Activating, signing in, sessions, shared devices."""

from typing import Annotated, Literal

import msgspec

from dianmai.wire.base import Ask, Id, Millis, Name, Secret, Told
from dianmai.wire.org import PersonCard, Right

EmployeeNo = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
TypedPassword = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]  # over 256: `password_too_long`
PageAddress = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^https?://[^\s#?@]+$")]
Minute = Annotated[int, msgspec.Meta(ge=0, le=1439)]
Weekday = Annotated[int, msgspec.Meta(ge=1, le=7)]
DeviceKind = Literal["phone", "desktop", "till", "other"]


class Device(Ask, frozen=True):
    """What the person calls the device, for the list of sessions."""

    name: Annotated[str, msgspec.Meta(max_length=80)] = ""
    kind: DeviceKind = "other"


class Activate(Ask, frozen=True):
    """Redeems a one-time activation code into a password (8 to 256 characters) and signs in."""

    employee_no: EmployeeNo
    code: Secret
    password: TypedPassword
    device: Device = Device()
    bearer: bool = False


class SignIn(Ask, frozen=True):
    """Signs in with employee number and password. Browsers get a cookie; `bearer` asks for a token instead."""

    employee_no: EmployeeNo
    password: TypedPassword
    device: Device = Device()
    bearer: bool = False


class SignedIn(Told, frozen=True):
    me: "Me"
    token: str | None = None  # only when `bearer` was asked for


class SignOut(Ask, frozen=True):
    stay: bool = False  # on a shared device: stay among those who may come back with the password alone


class GetMe(Ask, frozen=True):
    pass


class Me(Told, frozen=True):
    """Who is signed in and what they may do, so that the client shows only what will work.

    `rights` maps a right to the units below which it holds, those themselves included.
    """

    person: PersonCard
    credential: int
    rights: dict[Right, list[int]]
    modules: list[str]
    language: Literal["zh-CN", "en"] | None = None
    device: "SharedDevice | None" = None  # the shared device this session was opened on


class GetQuietHours(Ask, frozen=True):
    pass


class SetQuietHours(Ask, frozen=True):
    """Sets one's own quiet hours. Needs a nonce."""

    on: bool
    from_minute: Minute
    until_minute: Minute
    days: Annotated[list[Weekday], msgspec.Meta(max_length=7)] = []


class QuietHours(Told, frozen=True):
    """When a person is left alone but for what must be read. Also the body of `quiet.set` in the person's own stream.

    From a minute of the day to another, past midnight where that is the earlier one, on the `days` it begins (1 is
    Monday; none: every day), by the clocks of `time_zone`.
    """

    on: bool = False
    from_minute: int = 22 * 60
    until_minute: int = 8 * 60
    days: list[int] = []
    time_zone: str = "Asia/Shanghai"


class GetSessions(Ask, frozen=True):
    pass


class Session(Told, frozen=True):
    id: int
    device_name: str
    device_kind: DeviceKind
    since: Millis
    last_used: Millis
    this: bool


class Sessions(Told, frozen=True):
    sessions: list[Session]


class EndSession(Ask, frozen=True):
    session: Id


class IssueCode(Ask, frozen=True):
    """Makes a new activation code for a person (the old one dies); said once, stored hashed.

    `page` is the address of the client's activation page: with it, the QR code opens that page with number and code
    filled in (behind the #, so that they reach no server's log).
    """

    person: Id
    page: PageAddress | None = None


class IssuedCode(Told, frozen=True):
    person: int
    employee_no: str
    name: str
    code: str
    expires: Millis
    qr_svg: str


class CodeIssued(Told, frozen=True):
    """Body of `code.issued` in stream `org`: for whom a code was made. The entry's actor made it; never the code."""

    person: int
    expires: Millis


class SharedDevice(Told, frozen=True):
    """A device that belongs to a store and not to a person: a till, a tablet in the back office."""

    id: int
    name: str
    unit: int
    unit_name: str


class RegisterDevice(Ask, frozen=True):
    """Turns this browser into a shared device of a unit. Browsers get a cookie; `bearer` asks for a token instead."""

    name: Name
    unit: Id
    bearer: bool = False


class RegisteredDevice(Told, frozen=True):
    device: SharedDevice
    token: str | None = None  # only when `bearer` was asked for


class GetDevices(Ask, frozen=True):
    unit: Id


class DeviceLine(Told, frozen=True):
    id: int
    name: str
    since: Millis
    last_used: Millis
    this: bool


class Devices(Told, frozen=True):
    devices: list[DeviceLine]


class EndDevice(Ask, frozen=True):
    device: Id


class GetHere(Ask, frozen=True):
    pass


class HeldPerson(Told, frozen=True):
    person: int
    name: str
    active: bool


class Here(Told, frozen=True):
    """Whom this device holds; without `device` it is no shared one."""

    people: list[HeldPerson]
    device: SharedDevice | None = None


class Switch(Ask, frozen=True):
    """Lets another held person in with their password. Browsers get a cookie; `bearer` asks for a token instead."""

    person: Id
    password: TypedPassword
    bearer: bool = False


class DeviceRegistered(Told, frozen=True):
    """Body of `device.registered` in stream `org`; the entry's actor has done it."""

    device: int
    name: str
    unit: int


class DeviceEnded(Told, frozen=True):
    """Body of `device.ended` in stream `org`; the entry's actor has done it."""

    device: int
