from tonesteer_training import checks
from tonesteer_training.corpus import Passage, content_overlap, keepers, sentence_units, sentences


def test_keepers_are_numbers_code_links_and_placeholders():
    text = "Run `npm ci` by 17:30, see https://a.b/c and {name}; it costs $HOME 4,500."
    assert keepers(text) == {"`npm ci`", "17:30", "https://a.b/c", "{name}", "$HOME", "4,500"}


def test_sentences_join_back_to_the_text():
    text = "One is here. Two follows! Is it three? `four` ends."
    assert len(sentences(text)) == 4
    assert " ".join(sentences(text)) == text


def test_a_pair_of_sentences_with_other_keepers_is_not_believed():
    good = {tone: "Please send the 3 reports. The office closes early." for tone in ("neutral", "expert", "casual")}
    bad = {"cautious": "Please send some reports. The 3 office closes early."}
    units = sentence_units(Passage("x", "Send the 3 reports. The office closes early.", good | bad))
    assert [set(u.rewrites) for u in units] == [{"neutral", "expert", "casual"}, {"neutral", "expert", "casual"}]
    assert units[0].source == "Send the 3 reports."


def test_a_rewrite_with_another_number_of_sentences_is_left_whole():
    rewrites = dict.fromkeys(("neutral", "expert", "casual"), "Send the reports, the office closes early.")
    assert sentence_units(Passage("x", "Send the reports. The office closes early.", rewrites)) == []


def test_content_overlap_counts_content_words_of_the_source():
    assert content_overlap("send the reports", "reports, please") == 0.5


def test_each_fault_is_named():
    source = "Send the 3 reports by Friday to the office"
    assert checks.fault(source, "Please send the 3 reports to the office by Friday", True) is None
    assert checks.fault(source, "Please send the 3", False) == "cut off"
    assert checks.fault(source, "Please send the reports to the office by Friday", True) == "keeper lost"
    assert checks.fault(source, "Please send the 3 reports to the office by Friday at 9", True) == "keeper invented"
    assert checks.fault(source, "Send 3", True) == "length"
    assert checks.fault(source, "send the 3 send the 3 send the 3 send", True) == "loop"
