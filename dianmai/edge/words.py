"""What the edge's own refusals say."""

from dianmai.core.errors import describe

describe(
    {
        "bad_request": ("请求格式错误", "The request is malformed"),
        "only_over_http": (
            "这个操作会设置 Cookie，只能通过 HTTP 调用",
            "This operation sets a cookie and can be asked over HTTP only",
        ),
        "invalid_host": (
            "这不是本服务器的地址，请检查 public_url 设置",
            "This is not an address of this server; check the setting public_url",
        ),
        "csrf_failed": ("请求不是来自本站页面，已拒绝", "The request does not come from a page of this site"),
        "https_required": (
            "请通过 HTTPS 登录，密码不能明文传输",
            "Please sign in over HTTPS: passwords must not travel in the clear",
        ),
        "method_not_allowed": ("此地址不支持该请求方式", "This address does not take this method"),
        "url_too_long": ("地址过长，最多 {limit} 字节", "The address is too long; the limit is {limit} bytes"),
        "headers_too_large": ("请求头过大，最多 {limit}", "The request's headers are too large; the limit is {limit}"),
        "request_timeout": ("请求传输太慢，已中断", "The request came in too slowly and was cut off"),
        "not_ready": ("请先发送 hello", "Say hello first"),
        "invalid_frame": ("无法识别的消息帧", "The frame is not one of ours"),
        "unknown_type": ("未知的消息帧类型", "There is no frame of this type"),
        "unsupported_frame": ("不支持二进制帧", "Binary frames are not supported"),
        "upgrade_required": ("请更新应用后再试", "Please update the app and try again"),
        "not_built": ("网页端尚未构建", "The web client has not been built"),
    }
)
