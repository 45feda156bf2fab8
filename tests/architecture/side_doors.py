"""Finds whatever sees or does more than its caller may, with the reason that it states."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

UNSTATED = "no reason in words"
OPENS = frozenset({"transaction", "snapshot_read", "autocommit_read"})
WRITES = frozenset({"insert", "update", "update_each", "delete", "discard"})
# What a session is held by.
HELD_BY = frozenset({"scope", "decisions", "scopes"})
SESSION = "LiveSession"


def doors_of(tree: ast.Module, *, ours: bool) -> Iterator[str]:
    """The side doors of a module, in the order of its lines; `ours` is whether it only declares and assembles.

    For such a one the layer beneath the sessions is a side door however it is got hold of.
    """
    words = dict(_constants(tree))
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    opened = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in OPENS}
    found = []
    for node in ast.walk(tree):
        door: str | None = None
        if isinstance(node, ast.Call):
            door = _called(node, words)
        elif isinstance(node, ast.Attribute) and node.attr == "as_system" and id(node) not in called:
            door = "by another name: as_system"
        elif ours and isinstance(node, ast.Attribute) and node.attr in ("layer", "_layer") and id(node) not in opened:
            door = f"beneath the sessions: {node.attr}"
        if door is not None and isinstance(node, ast.expr):
            found.append((node.lineno, door))
    yield from (door for _, door in sorted(found, key=lambda each: each[0]))


def _called(call: ast.Call, words: Mapping[str, str]) -> str | None:
    match call:
        case ast.Call(func=ast.Name("getattr"), args=[_, ast.Constant("as_system"), *_]):
            return "by another name: as_system"
        case ast.Call(func=ast.Name("replace"), keywords=keywords):
            held = next((word.arg for word in keywords if word.arg in HELD_BY), None)
            return None if held is None else f"makes a session: replace({held}=…)"
        case ast.Call(func=ast.Name(name)) if name == SESSION:
            return f"makes a session: {SESSION}"
        case ast.Call(func=ast.Attribute() as func, args=args):
            return _method(func, args, words)
    return None


def _method(func: ast.Attribute, args: list[ast.expr], words: Mapping[str, str]) -> str | None:
    attr = func.attr
    if attr == "as_system":
        return f"as_system: {_said(args, words) or UNSTATED}"
    if attr == "system" and args:
        return f"system: {_said(args, words) or f'the `{ast.unparse(args[0])}` given'}"
    if attr in OPENS and (of := _last(func.value)).lstrip("_") == "layer":
        return f"beneath the sessions: {of}.{attr}"
    if attr == "scoped" and isinstance(args[0], ast.Constant):
        return "sees the whole world: scoped(None)"
    if attr == "whole" and not args:
        return "sees the whole world: whole()"
    if attr == "entered":
        return "leaves the scopes of a key: entered()"
    if attr in WRITES and _last(func.value) in ("writer", "tx"):
        return f"writes beneath the actions: {attr}"
    return None


def _said(args: list[ast.expr], words: Mapping[str, str]) -> str | None:
    """The reason, where it stands in the file."""
    match args:
        case [ast.Constant(str(why)), *_]:
            return why
        case [ast.Name(name), *_]:
            return words.get(name)
    return None


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(name)], value=ast.Constant(str(text))):
                yield name, text


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
