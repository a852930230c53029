"""Several processes' numbers as one page."""

from prometheus_client.parser import text_string_to_metric_families

from dianmai.core import telemetry
from dianmai.edge.numbers import merged

ONE = """# HELP a_total Things.
# TYPE a_total counter
a_total 1.0
# HELP b Others.
# TYPE b histogram
b_bucket{le="1.0"} 2.0
b_count 2.0
"""
TWO = ONE.replace("1.0\n# HELP b", "5.0\n# HELP b") + '# HELP c Only here.\n# TYPE c gauge\nc{kind="x y"} 3e+06\n'


def samples(page: str) -> dict[tuple[str, str, str], float]:
    return {
        (s.name, s.labels["process"], s.labels.get("le") or s.labels.get("kind") or ""): s.value
        for family in text_string_to_metric_families(page)
        for s in family.samples
    }


def test_each_sample_says_whose_it_is_and_each_family_is_described_once() -> None:
    page = merged([("8", TWO), ("7", ONE)])
    assert samples(page) == {
        ("a_total", "7", ""): 1,
        ("a_total", "8", ""): 5,
        ("b_bucket", "7", "1.0"): 2,
        ("b_bucket", "8", "1.0"): 2,
        ("b_count", "7", ""): 2,
        ("b_count", "8", ""): 2,
        ("c", "8", "x y"): 3_000_000,
    }
    assert page.count("# TYPE a_total counter") == 1
    assert page.index("# TYPE b histogram") < page.index("b_bucket")


def test_nothing_of_a_real_page_is_lost() -> None:
    page = telemetry.exposition().decode()
    counted = sum(len(family.samples) for family in text_string_to_metric_families(page))
    assert counted > 20
    assert len(samples_of(merged([("1", page), ("2", page)]))) == 2 * counted


def samples_of(page: str) -> list[object]:
    return [s for family in text_string_to_metric_families(page) for s in family.samples]
