"""Phrases of many languages, looked for at once."""

from __future__ import annotations

from postroom.mail.stems import Ideas, Stems


def test_a_text_says_what_one_of_the_phrases_says() -> None:
    closings = Stems(["kind regards", "mit freundlichen grüßen".casefold()])

    assert closings.are_in("see you, kind regards, sam")
    assert closings.are_in("Mit freundlichen Grüßen".casefold())
    assert not closings.are_in("kindly do it")


def test_ideas_are_told_apart_also_where_their_phrases_overlap() -> None:
    ideas = Ideas([["intended", "addressee"], ["not the intended"], ["delete"]])

    assert ideas.found_in("you are not the intended one") == {0, 1}
    assert ideas.found_in("plain words") == set()


def test_half_of_a_surrogate_pair_is_no_obstacle() -> None:
    assert Stems(["delete"]).are_in("\ud83d please delete it")
