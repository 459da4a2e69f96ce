"""Policies are found by questions, but not by searches for sounds."""

from typing import get_args

import pytest

from askchopper import policy
from askchopper.schemas.licence_summaries import STANDARD_LIMITS
from askchopper.services.assistant.tools.knowledge import PolicyArguments
from askchopper.services.catalogue import licences
from askchopper.services.knowledge import policies
from askchopper.vocabulary import LicenceKind


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("can I get a refund?", "refunds"),
        ("get me a refund for Hand to Hand", "refunds"),
        ("I bought the wrong pack, what now?", "refunds"),
        ("what licence do I get?", "licences"),
        ("Can I use these loops in a commercial release?", "licences"),
        ("may I upload songs with your samples to YouTube", "licences"),
        ("how do I buy tokens?", "tokens"),
        ("do tokens expire?", "tokens"),
        ("can I buy just one sound?", "buying"),
        ("can I download it again", "downloads"),
        ("how can I sell my loops here?", "selling"),
        ("what percent do you take", "selling"),
        ("when do I get paid", "payouts"),
        ("which formats can I upload?", "formats"),
        ("delete my account", "account"),
        ("I forgot my password", "account"),
        ("who can read my documents", "privacy"),
        ("what can you do?", "assistant"),
        ("help", "assistant"),
        ("what can I ask?", "assistant"),
    ],
)
def test_question_finds_its_policy(question: str, topic: str):
    found = policies.find(question)
    assert found
    assert found.topic == topic


@pytest.mark.parametrize(
    "question",
    [
        "find royalty free drum loops",
        "something like Hand to Hand but darker",
        "what does this contract say about splits?",
        "what licence does this document name",
        "dark techno loops for a film",
        "what is sidechain compression",
        "what do I own in A minor",
        "cheapest drum pack under 40 tokens",
        "drum loops to use in a track",
    ],
)
def test_catalogue_search_finds_no_policy(question: str):
    assert policies.find(question) is None


def test_every_policy_is_a_tool_topic_with_true_text():
    topics = get_args(PolicyArguments.model_fields["topic"].annotation)
    assert [rule.topic for rule in policies.all_policies()] == list(topics)
    assert f"keep {policy.SELLER_SHARE_PERCENT}%" in policies.get("selling").text  # type: ignore[union-attr]
    standard = licences.licence_text(LicenceKind.STANDARD).body
    assert STANDARD_LIMITS in standard
    assert STANDARD_LIMITS in policies.get("licences").text  # type: ignore[union-attr]
