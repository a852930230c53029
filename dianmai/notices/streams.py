"""The two streams of a notice: what its recipients hear, and the receipts, of which boards hear the counts."""


def notice_stream(notice: int) -> str:
    return f"notice:{notice}"


def receipts_stream(notice: int) -> str:
    return f"notice:{notice}/receipts"
