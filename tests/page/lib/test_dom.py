"""dom.js: writing the same text again leaves a translation alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.page.evaluation import evaluate

pytestmark = pytest.mark.browser

TRANSLATED = """
  const p = document.createElement("p");
  p.textContent = "Live";
  const writes = {
    text: () => m.writeText(p, "Live"),
    title: () => m.writeAttribute(p, "title", "of it"),
    each: () => m.writeEach(p, ["a", "b"], (text) => new Text(text)),
  };
  const found = [];
  for (const name of a) {
    writes[name]();
    p.innerHTML = "<font>In diretta</font>";
    p.title = "sua";
    writes[name]();
    found.push([p.textContent, p.title]);
  }
  m.writeText(p, "Paused");
  m.writeAttribute(p, "title", "other");
  return [...found, [p.textContent, p.title]];
"""


@pytest.mark.parametrize("name", ["text", "title", "each"])
def test_write_text_keeps_a_translation_when_nothing_is_new(modules: Page, name: str) -> None:
    translated, changed = evaluate(modules, "lib/dom", TRANSLATED, [name])

    assert translated == ["In diretta", "sua"]
    assert changed == ["Paused", "other"]


REWRITTEN = """
  const p = document.createElement("p");
  m.writeText(p, "step 1");
  const node = p.firstChild;
  m.writeHidden(p, true);
  const observer = new MutationObserver(() => {});
  observer.observe(p, { attributes: true, characterData: true, childList: true, subtree: true });
  m.writeText(p, "step 2");
  m.writeText(p, "step 2");
  m.writeHidden(p, true);
  const kinds = observer.takeRecords().map(({ type }) => type);
  return [p.textContent, p.firstChild === node, p.hidden, kinds];
"""


def test_write_text_keeps_its_text_node_and_writes_once(modules: Page) -> None:
    assert evaluate(modules, "lib/dom", REWRITTEN) == ["step 2", True, True, ["characterData"]]
