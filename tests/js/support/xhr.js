// An XMLHttpRequest that tests answer.

export class FakeXhr {
  /** @type {FakeXhr[]} */
  static all = [];
  static #order = 0;
  static #answer;
  /** Answer every request from now on with `answer(xhr)`. */
  static reset(answer) {
    FakeXhr.all = [];
    FakeXhr.#answer = answer;
  }
  /** Numbers requests of both kinds in the order in which they are sent. */
  static nextOrder = () => ++FakeXhr.#order;

  upload = {};
  headers = {};
  isAborted = false;
  status = 0;
  responseText = "";

  open(method, url) {
    Object.assign(this, { method, url });
  }
  setRequestHeader(name, value) {
    this.headers[name] = value;
  }
  getResponseHeader = () => null;
  get offset() {
    return Number(this.headers["Upload-Offset"]);
  }
  send(body) {
    this.body = body;
    this.order = FakeXhr.nextOrder();
    FakeXhr.all.push(this);
    setImmediate(() => FakeXhr.#answer(this));
  }
  progress(loaded) {
    this.upload.onprogress({ loaded, total: this.body.size });
  }
  respond(status, body) {
    Object.assign(this, { status, responseText: JSON.stringify(body) });
    this.upload.onload();
    this.onload();
    this.onloadend();
  }
  fail() {
    this.onerror();
    this.onloadend();
  }
  abort() {
    if (this.isAborted) return;
    this.isAborted = true;
    this.onabort();
    this.onloadend();
  }
}
globalThis.XMLHttpRequest = FakeXhr;
