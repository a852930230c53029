"""The histories that the web client replays are those of the model the simulator runs."""

from tests.sim import vectors


def test_the_client_s_vectors_are_the_model_s() -> None:
    assert vectors.FILE.read_text() == vectors.text(), "python -m tests.sim.vectors"
