"""What a browser could show that is not so: an answer to a question that the form no longer asks."""

from __future__ import annotations

import re

from playwright.sync_api import APIResponse, Route, expect

from tests.console.browsing import WAITS_MS, Walk, needs_chromium
from tests.console.test_bench import LONG

pytestmark = needs_chromium


def test_a_late_word_of_a_question_that_was_replaced_changes_nothing(walked: Walk) -> None:
    page, held = walked.page, list[tuple[Route, APIResponse]]()
    walked.open("/plan-oc", LONG)
    expect(page.locator("#answer .progress")).to_be_visible(timeout=WAITS_MS)
    late = re.compile(r"/answers/[0-9a-f]+$")

    def first_is_held(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route(late, first_is_held)
    while not held:
        page.wait_for_timeout(50)
    page.fill("[name=trials]", "500")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator("#answer table").first).to_be_visible(timeout=WAITS_MS)
    before = walked.panel.inner_text()
    for route, response in held:
        route.fulfill(response=response)
    page.wait_for_timeout(1_500)
    assert walked.panel.inner_text() == before
    assert page.locator("#answer .progress").count() == 0
