from tonesteer_training.mixture import Mixture, MixtureSettings
from tonesteer_training.schedule import Schedule


def test_the_rate_warms_up_stays_and_falls_to_zero():
    schedule = Schedule(peak=1.0, budget=1000, warm_up=100, decay_share=0.25)
    assert schedule.rate(0) < 0.02
    assert schedule.rate(400) == 1.0
    assert schedule.rate(875) == 0.5
    assert schedule.rate(1000) == 0.0


def test_the_constant_stretch_does_not_depend_on_the_budget():
    rates = [Schedule(1.0, budget, 100, 0.3).rate(500) for budget in (1000, 5000)]
    assert rates == [1.0, 1.0]


def test_an_epoch_depends_on_seed_and_number_only(passages):
    assert Mixture(passages, 3).epoch(1) == Mixture(passages, 3).epoch(1)
    assert Mixture(passages, 3).epoch(1) != Mixture(passages, 3).epoch(2)
    assert Mixture(passages, 3).epoch(1) != Mixture(passages, 4).epoch(1)


def test_a_reverse_tree_leads_from_a_rewrite_to_the_source_without_naming_a_tone(passages):
    settings = MixtureSettings(reverse_share=1.0, unit_share=0.0)
    sources = {p.source: p for p in passages}
    backward = [e for e in Mixture(passages, 0, settings).epoch(0) if e.source not in sources]
    assert len(backward) == len(passages)
    for example in backward:
        first = example.branches[0]
        assert first.tone is None
        assert example.source in sources[first.text].rewrites.values()
        assert len(example.branches) == 1 + settings.reverse_tones


def test_sentences_are_passages_of_their_own(passages):
    settings = MixtureSettings(reverse_share=0.0, unit_share=1.0)
    sources = [e.source for e in Mixture(passages, 0, settings).epoch(0)]
    assert len(sources) == 2 * len(passages)
    assert any(source.endswith("Friday.") for source in sources)


def test_long_passages_are_thinned(passages):
    settings = MixtureSettings(short_words=2, long_share=0.0, unit_share=0.0)
    assert Mixture(passages, 0, settings).epoch(0) == []
