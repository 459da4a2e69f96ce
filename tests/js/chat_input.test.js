import assert from "node:assert/strict";
import { describe, test } from "node:test";
import "./support/browser.js";

const { readClipboard } = await import("../../assets/src/shared/clipboard.js");
const { isComposing, singleKey } = await import("../../assets/src/shared/keys.js");

const file = (name, type) => ({ name, type });
const clipboard = (text, ...files) => ({ files, getData: (type) => (type === "text/plain" ? text : "<b></b>") });
const picture = file("image.png", "image/png");

describe("paste", () => {
  test("text from a spreadsheet stays text, its picture is offered", () => {
    assert.deepEqual(readClipboard(clipboard("Kick\t120\nSnare\t90", picture)), { files: [], pictures: [picture] });
  });
  test("a picture alone is attached", () => {
    assert.deepEqual(readClipboard(clipboard("", picture)), { files: [picture], pictures: [] });
    assert.deepEqual(readClipboard(clipboard(" \n", picture)), { files: [picture], pictures: [] });
  });
  test("files from a file manager are attached, their names are no text", () => {
    const files = [file("Kick 1.wav", "audio/wav"), file("cover.png", "image/png")];
    for (const text of ["Kick 1.wav\rcover.png", "/home/a/Kick 1.wav\r\n/home/a/cover.png", "file:///a/cover.png"])
      assert.deepEqual(readClipboard(clipboard(text, ...files)), { files, pictures: [] });
    assert.deepEqual(readClipboard(clipboard("cover.png", files[1])), { files: [files[1]], pictures: [] });
  });
  test("a document beside text is attached", () => {
    const pdf = file("a.pdf", "application/pdf");
    assert.deepEqual(readClipboard(clipboard("words", pdf)), { files: [pdf], pictures: [] });
  });
  test("text alone is left to the browser", () => {
    assert.deepEqual(readClipboard(clipboard("words")), { files: [], pictures: [] });
  });
});

describe("input methods", () => {
  const enter = { key: "Enter", keyCode: 13, isComposing: false };
  const cases = {
    "Chrome and Firefox, Japanese: the key comes before the end of the composition": { ...enter, isComposing: true },
    "Chrome on Windows: the code says that the input method has the key": { ...enter, keyCode: 229, isComposing: true },
    "Safari: the composition ends before the key": { ...enter, keyCode: 229 },
    "Android: unidentified keys": { key: "Unidentified", keyCode: 229, isComposing: false },
  };
  for (const [name, event] of Object.entries(cases))
    test(name, () => {
      assert.ok(isComposing(event));
      assert.ok(isComposing({ keyCode: 13, nativeEvent: event })); // wrapped by React
      assert.equal(singleKey({ ...event, key: "k", target: null }), null);
    });
  test("an Enter of its own sends", () => {
    assert.ok(!isComposing(enter));
    assert.ok(!isComposing({ nativeEvent: enter }));
  });
});
