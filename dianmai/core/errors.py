"""The one family of refusals. Raised anywhere, answered in one place; everything else is a bug.

Each refusal carries a code; each code has its texts, in Chinese and English, registered once with `describe`.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from dianmai.wire.errors import ErrorBody

Language = Literal["zh-CN", "en"]
LATEST_RETRY_MS: Final = 10_000

_texts: Final[dict[str, tuple[str, str]]] = {}


def describe(texts: Mapping[str, tuple[str, str]]) -> None:
    """Registers what codes say: `{code: (Chinese, English)}`, with `{placeholders}` for parameters of the refusal."""
    for code, pair in texts.items():
        if _texts.setdefault(code, pair) != pair:
            raise ValueError(f"error code {code} is described twice")


def described() -> Mapping[str, tuple[str, str]]:
    """All codes with their texts, for the documentation and its tests."""
    return _texts


class Refusal(Exception):
    """Base of the family. `params` fill the placeholders of the code's text."""

    status: int = 400
    retryable: bool = False

    def __init__(
        self,
        code: str,
        *,
        field: str | None = None,
        limit: int | None = None,
        status: int | None = None,
        retry_after_ms: int | None = None,
        rows: Sequence[dict[str, str]] | None = None,
        **params: object,
    ) -> None:
        if code not in _texts:
            raise ValueError(f"error code {code} has no text")
        super().__init__(code)
        self.code = code
        self.field = field
        self.limit = limit
        self.retry_after_ms = retry_after_ms
        self.rows = list(rows) if rows is not None else None
        self.params = params
        if status is not None:
            self.status = status

    def body(self, language: Language, request_id: str) -> ErrorBody:
        """The refusal as the reader sees it."""
        text = _texts[self.code][0 if language == "zh-CN" else 1]
        facts = {"field": self.field or "", "limit": self.limit if self.limit is not None else "", **self.params}
        return ErrorBody(
            code=self.code,
            message=text.format_map(facts),
            request_id=request_id,
            field=self.field,
            limit=self.limit,
            retryable=self.retryable,
            retry_after_ms=self.retry_after_ms,
            rows=self.rows,
        )


class NotAllowed(Refusal):
    """The actor may not do this (403), or is nobody we know (401)."""

    status = 403


class NotFound(Refusal):
    """It does not exist, or the actor may not know that it does: the same answer for both."""

    status = 404


class Conflict(Refusal):
    """It contradicts what is already so."""

    status = 409


class Invalid(Refusal):
    """The request is malformed (400) or breaks a rule of its fields (422)."""

    status = 422


class TooMany(Refusal):
    """Too often; `retry_after_ms` says when again."""

    status = 429
    retryable = True


class TooOld(Refusal):
    """The client speaks a version that is no longer spoken here."""

    status = 426


class Unavailable(Refusal):
    """Nothing is wrong with the request; the server cannot carry it out now. Nothing was stored."""

    status = 503
    retryable = True


def not_all_at_once(least_ms: int = 1000) -> int:
    """When to come back, in milliseconds: somebody else is told another time."""
    return random.randint(least_ms, LATEST_RETRY_MS)  # noqa: S311


describe(
    {
        "body_required": ("请求缺少内容", "The request has no body"),
        "invalid_json": ("内容不是有效的 JSON（位置 {position}）", "The body is not valid JSON (at {position})"),
        "json_too_deep": ("内容嵌套过深，最多 {limit} 层", "The body is nested too deeply; the limit is {limit}"),
        "invalid_number": ("数字无效", "A number is not valid"),
        "number_out_of_range": ("“{field}”的数值超出范围", "The number in “{field}” is out of range"),
        "duplicate_key": ("字段“{field}”重复出现", "The field “{field}” appears twice"),
        "invalid_unicode": ("文字含有无效字符", "The text contains an invalid character"),
        "control_character": ("文字含有控制字符", "The text contains a control character"),
        "invalid_encoding": ("内容必须是 UTF-8 编码", "The body must be UTF-8"),
        "unsupported_media_type": ("请以 application/json 发送", "Send the body as application/json"),
        "body_too_large": ("内容过大，最多 {limit} 字节", "The body is too large; the limit is {limit} bytes"),
        "unknown_field": ("没有名为“{field}”的字段", "There is no field “{field}”"),
        "missing_field": ("缺少字段“{field}”", "The field “{field}” is missing"),
        "invalid_type": ("“{field}”的类型不对", "The field “{field}” has the wrong type"),
        "invalid_value": ("“{field}”的内容不对", "The field “{field}” is not right"),
        "text_too_long": (
            "“{field}”过长，最多 {limit} 个字符",
            "“{field}” is too long; the limit is {limit} characters",
        ),
        "text_too_short": ("“{field}”太短，至少 {limit} 个字符", "“{field}” is too short; at least {limit} characters"),
        "too_many_items": ("“{field}”过多，最多 {limit} 个", "Too many in “{field}”; the limit is {limit}"),
        "too_few_items": ("“{field}”太少，至少 {limit} 个", "Too few in “{field}”; at least {limit}"),
        "query_too_long": (
            "搜索内容过长，最多 {limit} 个字符",
            "The search is too long; the limit is {limit} characters",
        ),
        "blank_text": ("“{field}”不能为空", "“{field}” must not be blank"),
        "too_many_combining_marks": ("文字含有过多叠加符号", "The text stacks too many marks on one character"),
        "bidi_control": ("名称不能含有文字方向控制符", "A name must not contain direction controls"),
        "invalid_limit": ("“limit”应在 1 到 {limit} 之间", "“limit” must be between 1 and {limit}"),
        "unknown_operation": ("没有这个操作", "There is no such operation"),
        "nonce_required": ("这个操作需要请求编号（nonce）", "This operation needs a nonce"),
        "idempotency_conflict": (
            "同一请求编号已用于不同内容，未保存任何内容",
            "This nonce was already used with other content; nothing was stored",
        ),
        "not_found": ("没有找到，或者您无权查看", "Not found, or not for you to see"),
        "forbidden": ("您没有这个权限", "You are not allowed to do this"),
        "sign_in_required": ("请先登录", "Please sign in"),
        "session_expired": ("登录已过期，请重新登录", "Your session has expired; please sign in again"),
        "session_revoked": ("登录已失效，请重新登录", "Your session has ended; please sign in again"),
        "storage_unavailable": (
            "服务器暂时无法保存，您的内容还在本机，稍后会自动重试",
            "The server cannot store right now; your content is kept on the device and will be sent again",
        ),
        "storage_full": ("服务器存储空间已满", "The server's storage is full"),
        "too_busy": ("服务器繁忙，请稍后再试", "The server is busy; please try again in a moment"),
        "rate_limited": ("操作太频繁，请稍后再试", "Too many requests; please try again in a moment"),
        "internal_error": (
            "服务器出错了，已经记录（编号 {request_id}）",
            "Something went wrong on the server; it has been recorded ({request_id})",
        ),
    }
)
