"""Frameworks in their plainest form, for the reader who has them installed; none is needed, and none is installed here.

Each holds the same conversations as the others, with the whole history in every request and its own usual settings.
"""

from __future__ import annotations

import asyncio
import logging
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from benchmarks.turns.work import MODELS, OPENING, prompt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from benchmarks.turns.work import Load


async def openai(url: str, numbers: Iterable[int], load: Load) -> None:
    """The vendor's client in a plain loop: what nearly every framework stands on."""
    from openai import AsyncOpenAI

    async with AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:

        async def one(number: int) -> None:
            views: list[list[Any]] = [[{"role": "system", "content": prompt(number, seat)}] for seat in (0, 1)]
            views[0].append({"role": "user", "content": OPENING})
            for turn in range(load.turns):
                seat = turn % 2
                answer = await client.chat.completions.create(model=MODELS[seat], messages=views[seat])
                text = answer.choices[0].message.content
                views[seat].append({"role": "assistant", "content": text})
                views[1 - seat].append({"role": "user", "content": text})

        await asyncio.gather(*map(one, numbers))


async def autogen(url: str, numbers: Iterable[int], load: Load) -> None:
    """AutoGen: a round-robin team of two assistants a conversation, its clients shared."""
    from autogen_agentchat.agents import AssistantAgent
    from autogen_agentchat.teams import RoundRobinGroupChat
    from autogen_ext.models.openai import OpenAIChatCompletionClient

    logging.disable(logging.CRITICAL)
    known = {"vision": False, "function_calling": False, "json_output": False, "family": "unknown"}
    clients = [
        OpenAIChatCompletionClient(
            model=model, base_url=f"{url}/v1", api_key="none", model_info={**known, "structured_output": False}
        )
        for model in MODELS
    ]

    async def one(number: int) -> None:
        agents = [AssistantAgent(f"seat_{seat}", clients[seat], system_message=prompt(number, seat)) for seat in (0, 1)]
        await RoundRobinGroupChat(agents, max_turns=load.turns).run(task=OPENING)

    await asyncio.gather(*map(one, numbers))


async def langgraph(url: str, numbers: Iterable[int], load: Load) -> None:
    """LangGraph: two nodes that hand on to each other, compiled once, one call a conversation."""
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
    from langchain_openai import ChatOpenAI
    from langgraph.graph import END, START, StateGraph

    clients = [ChatOpenAI(model=model, base_url=f"{url}/v1", api_key="none", max_retries=0) for model in MODELS]

    def node(seat: int) -> Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]:
        async def speak(state: dict[str, Any]) -> dict[str, Any]:
            said = [(AIMessage if turn % 2 == seat else HumanMessage)(text) for turn, text in enumerate(state["said"])]
            begun = [HumanMessage(OPENING)] if seat == 0 else []
            answer = await clients[seat].ainvoke([SystemMessage(prompt(state["number"], seat)), *begun, *said])
            return {**state, "said": [*state["said"], answer.content]}

        return speak

    graph = StateGraph(dict)
    for name, other, seat in (("alice", "bob", 0), ("bob", "alice", 1)):
        graph.add_node(name, node(seat))
        graph.add_conditional_edges(name, lambda state, other=other: END if len(state["said"]) >= load.turns else other)
    graph.add_edge(START, "alice")
    held = graph.compile()
    limit = {"recursion_limit": load.turns + 5}
    await asyncio.gather(*(held.ainvoke({"number": number, "said": []}, limit) for number in numbers))


ALL: dict[str, tuple[str, Callable[[str, Iterable[int], Load], Awaitable[None]]]] = {
    "openai": ("openai", openai),
    "autogen": ("autogen_agentchat", autogen),
    "langgraph": ("langgraph", langgraph),
}
"""By name: the package that it needs, and how it holds conversations."""
AGENTS = ("autogen", "langgraph")
"""Those that are frameworks for agents, and not only a client."""


def packages() -> tuple[str, ...]:
    """Return the packages of those that this Python can import."""
    return tuple(ALL[name][0] for name in installed())


def installed() -> dict[str, Callable[[str, Iterable[int], Load], Awaitable[None]]]:
    """Return those that this Python can import."""
    return {name: hold for name, (package, hold) in ALL.items() if find_spec(package) is not None}
