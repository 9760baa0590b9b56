"""A page's script with the modules that it imports."""

from __future__ import annotations

from pathlib import Path

import pytest
from tree_sitter import Language, Parser
from tree_sitter_javascript import language

from brownian_site.page_scripts import UnknownFormError, link

STATIC = Path(__file__).parents[2] / "static"
PAGES = sorted((STATIC / "motion" / "pages").glob("*.js"))

MODULES = {
    "pages/list.js": """
// The list.
import { Card } from "../widgets/card.js";
import * as lib from "../lib/dom.js";

new Card(lib.find("here"));/* shown */
""",
    "widgets/card.js": """
import {
  find as findElement,
  write,
} from "../lib/dom.js";
export class Card {}
export const WIDE = "// no comment", NARROW = 1;
""",
    "lib/dom.js": """
/** @param {import("../live/sync.js").Frame} frame */
export function find(frame) {}
export async function write() {}
""",
}


def link_modules(script: str, modules: dict[str, str]) -> str | None:
    linked = link(script, lambda name: modules[name].encode())
    return linked if linked is None else linked.decode()


def test_script_has_each_module_once_behind_those_that_it_imports() -> None:
    assert link_modules("pages/list.js", MODULES) == (
        """const lib_dom_js = (() => {


function find(frame) {}
async function write() {}
return { find, write };
})();
const widgets_card_js = (() => {

const {
  find: findElement,
  write,
} = lib_dom_js;
class Card {}
const WIDE = "// no comment", NARROW = 1;
return { Card, WIDE, NARROW };
})();
const pages_list_js = (() => {


const { Card } = widgets_card_js;
const lib = lib_dom_js;

new Card(lib.find("here"));
return {  };
})();
"""
    )


@pytest.mark.parametrize("script", ["widgets/card.js", "lib/dom.js", "pages/theme.js"])
def test_link_keeps_a_script_that_is_imported_or_imports_nothing(script: str) -> None:
    assert link_modules(script, MODULES | {"pages/theme.js": "document.title = 1;"}) is None


@pytest.mark.parametrize(
    "statement",
    [
        'import "./dom.js";',
        'import dom from "./dom.js";',
        "export let count = 0;",
        "export default 1;",
        'export { find } from "./dom.js";',
    ],
)
def test_form_that_cannot_be_linked_is_named_with_its_module(statement: str) -> None:
    modules = {"a.js": 'import { b } from "./b.js";', "b.js": statement, "dom.js": ""}

    with pytest.raises(UnknownFormError, match=r"b\.js: .*" + statement.split()[1]):
        link_modules("a.js", modules)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_script_of_each_page_is_one_module_without_imports(page: Path) -> None:
    linked = link(f"motion/pages/{page.name}", lambda name: (STATIC / name).read_bytes())

    if linked is None:
        return
    script = Parser(Language(language())).parse(linked).root_node
    assert not script.has_error
    assert {statement.type for statement in script.named_children} == {"lexical_declaration"}
