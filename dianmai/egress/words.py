"""What is said about addresses that may not be asked."""

from dianmai.core.errors import describe

describe(
    {
        "url_not_allowed": (
            "这个网址不能访问：只能是公网上的 http 或 https 地址",
            "This address can't be used: only http and https addresses on the public internet",
        )
    }
)
