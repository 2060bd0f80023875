"""Reads an upload as XML without believing it: bounded before it is parsed, no DTD, no entities, no instructions."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any, TypeAlias

from lxml import etree

from app.floor.messages import Say, say

Element: TypeAlias = etree._Element
"""An element, by the only name that lxml has for its type."""
MAX_BYTES, MAX_ELEMENTS, MAX_DEPTH = 1_000_000, 5_000, 60
BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
DMN = re.compile(r"https?://www\.omg\.org/spec/DMN/")
ARCHIVES = {b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}
PROLOG = re.compile(r"(?:\s++|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
DECLARATION = re.compile(r"<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']([^\"']{1,40})[\"']")


@dataclass(frozen=True)
class UnreadableXml(Exception):
    """Why the file is no diagram, and what to do about it. `line` is 0 where there is none."""

    message: Say
    fix: Say
    line: int = 0


def read_xml(raw: bytes) -> Element:
    """The root element of a BPMN file. Raises Unreadable; reads nothing but these bytes."""
    text = _text(raw)
    content = text.encode()
    _bounded(content)
    root = _parsed(content)
    if root.tag != f"{{{BPMN}}}definitions":
        if DMN.match(etree.QName(root).namespace or ""):
            raise UnreadableXml(
                say("This is a decision table (DMN)."),
                say("Decision tables are not used here; draw the decision as a gateway."),
            )
        raise UnreadableXml(
            say("The file is XML, but no BPMN 2.0 diagram: its root is %(tag)s.", tag=str(root.tag)[:80]),
            say("Save it from a BPMN editor; the root must be bpmn:definitions."),
        )
    return root


def _text(raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise UnreadableXml(
            say("The file has %(size)s kB; the limit is %(limit)s kB.", size=len(raw) // 1000, limit=MAX_BYTES // 1000),
            say("A diagram is far smaller. Remove embedded pictures or texts."),
        )
    for mark, kind in ARCHIVES.items():
        if raw.startswith(mark):
            raise UnreadableXml(
                say("This is a packed archive (%(kind)s).", kind=kind), say("Unpack it and upload the diagram itself.")
            )
    if not raw.strip(b"\xef\xbb\xbf \t\r\n"):
        raise UnreadableXml(say("The file is empty."), say("Save the diagram again and upload that file."))
    utf8 = say("Save it as UTF-8.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableXml(say("The file is not text in UTF-8."), utf8) from None
    declared = DECLARATION.match(text.lstrip())
    encoding = declared[1].lower() if declared else "utf-8"
    if encoding not in ("utf-8", "utf8", "us-ascii", "ascii") or ("ascii" in encoding and not text.isascii()):
        raise UnreadableXml(say("The file says that it is written in %(encoding)s.", encoding=encoding), utf8)
    if not text.lstrip().startswith("<"):
        raise UnreadableXml(say("The file is no BPMN diagram."), say("Save it from a BPMN editor."))
    if text[PROLOG.match(text).end() :].startswith("<!DOCTYPE"):  # type: ignore[union-attr]
        raise UnreadableXml(
            say("The file has a document type (DTD), which could read or repeat other files."),
            say("Remove the line that begins with <!DOCTYPE."),
        )
    return text


def _bounded(content: bytes) -> None:
    """Count elements and depth while reading, so that a file made to be big is left at once."""
    depth = elements = 0
    try:
        for event, _ in etree.iterparse(
            io.BytesIO(content), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False
        ):
            depth += 1 if event == "start" else -1
            elements += event == "start"
            if depth > MAX_DEPTH:
                raise UnreadableXml(
                    say("Elements are nested more than %(limit)s deep.", limit=MAX_DEPTH),
                    say("Draw inner steps as a called process."),
                )
            if elements > MAX_ELEMENTS:
                raise UnreadableXml(
                    say("The file has more than %(limit)s elements.", limit=MAX_ELEMENTS),
                    say("Split the procedure into called processes."),
                )
    except etree.XMLSyntaxError as error:
        raise _malformed(error) from None


def _parsed(content: bytes) -> Element:
    try:
        root = etree.fromstring(content, _parser())
    except etree.XMLSyntaxError as error:
        raise _malformed(error) from None
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype or docinfo.internalDTD is not None:
        raise UnreadableXml(say("The file has a document type (DTD)."), say("Remove it."))
    around = [*root.itersiblings(preceding=True), *root.itersiblings()]
    for instruction in [*around, *root.iter(etree.ProcessingInstruction)]:
        raise UnreadableXml(
            say("The file has a processing instruction (<?%(name)s …?>).", name=str(instruction.target)[:60]),
            say("Remove it; a diagram needs none."),
            instruction.sourceline or 0,
        )
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )


def _malformed(error: etree.XMLSyntaxError) -> UnreadableXml:
    line = error.lineno or 0
    return UnreadableXml(
        say("The file is no well-formed XML (line %(line)s).", line=line),
        say("Open it in a BPMN editor, save it again, and upload that file."),
        line,
    )
