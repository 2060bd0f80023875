"""The words of a regulation: what it calls the things that all of them know. A closed list, each with the word that
holds where a pack says nothing; texts of data files and of the app write `{word.resource}` and the like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any, TypeVar

from app.floor.messages import TERM, Terms, Text, with_terms

T = TypeVar("T")

TERMS: Terms = MappingProxyType(
    {
        "resource": Text("信息资源", "resource"),
        "item": Text("信息项", "item"),
        "user_department": Text("使用部门", "user department"),
        "provider": Text("提供部门", "provider"),
        "bureau": Text("主管部门", "bureau"),
        "regulation": Text("本办法", "this regulation"),
        "interface": Text("服务接口", "interface"),
        "file": Text("文件交换", "file exchange"),
        "batch": Text("批量下载", "batch download"),
        "query": Text("联机查询", "online query"),
        "agreement": Text("安全保密协议", "confidentiality agreement"),
        "statutory": Text("规定", "by the regulation"),
        "statutory_deadline": Text("规定时限", "deadline of the regulation"),
    }
)
OF_RANK = ("statutory", "statutory_deadline")
"""Said by the rank of the text, not by the pack: 规定 of a normative document, 法定 of a law or a regulation."""
LAW = {"statutory": Text("法定", "statutory"), "statutory_deadline": Text("法定时限", "statutory deadline")}
OWN = tuple(name for name in TERMS if name not in OF_RANK)
"""What a pack may name."""


def terms_of(own: Mapping[str, Text], rank: str) -> Terms:
    """All words of a regulation: its own, those of its rank, and the general ones."""
    return MappingProxyType({**TERMS, **own, **({} if rank == "normative_document" else LAW)})


def unknown_terms(text: str) -> list[str]:
    return [name for name in TERM.findall(text) if name not in TERMS]


def in_terms(thing: T, terms: Terms) -> T:
    """The same value with the words of a regulation in all its texts: of dataclasses, mappings and tuples."""
    told: Any = thing
    if isinstance(told, Text):
        told = Text(with_terms(told.zh, terms, "zh"), with_terms(told.en, terms, "en"))
    elif isinstance(told, tuple):
        told = tuple(in_terms(one, terms) for one in told)
    elif isinstance(told, Mapping):
        told = {name: in_terms(one, terms) for name, one in told.items()}
    elif is_dataclass(told) and not isinstance(told, type):
        told = replace(told, **{one.name: in_terms(getattr(told, one.name), terms) for one in fields(told) if one.init})
    return told  # type: ignore[no-any-return]
