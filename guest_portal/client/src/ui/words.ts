const TOLD_BY_ATTRIBUTES = ["aria-label", "placeholder", "aria-current"] as const;

/**
 * Puts the words of `other`, the same page in another language, in place of this one's. What lives in this page stays:
 * elements marked `data-live`, messages, what is typed, what is shown and hidden. Raises where the two are not alike.
 */
export function takeWordsFrom(other: Document): void {
  const root = document.documentElement;
  root.lang = other.documentElement.lang;
  root.dir = other.documentElement.dir;
  document.title = other.title;
  replaceWords(document.body, other.body);
}

function replaceWords(here: Element, there: Element): void {
  if (here.tagName !== there.tagName) {
    throw new Error(`the pages differ at ${here.tagName}`);
  }
  for (const name of TOLD_BY_ATTRIBUTES) {
    copyAttribute(here, there, name);
  }
  if (here instanceof HTMLInputElement && here.type === "hidden" && here.name === "language") {
    copyAttribute(here, there, "value");
  }
  // What is within `noscript` are elements only where no script runs, as in `other`.
  if (here.tagName === "NOSCRIPT" || (here instanceof HTMLElement && "live" in here.dataset)) {
    return;
  }
  const newWords = textsOf(there);
  textsOf(here).forEach((text, index) => {
    text.data = newWords[index]?.data ?? text.data;
  });
  const children = [...here.children].filter((child) => !isOwn(child));
  [...there.children].forEach((counterpart, index) => {
    const child = children[index];
    if (child === undefined) {
      throw new Error(`the pages differ within ${here.tagName}`);
    }
    replaceWords(child, counterpart);
  });
}

/** Made by this page's script, and so without a counterpart: messages, communes. */
function isOwn(element: Element): boolean {
  return element instanceof HTMLElement && "made" in element.dataset;
}

function textsOf(element: Element): Text[] {
  return [...element.childNodes].filter((node): node is Text => node.nodeType === Node.TEXT_NODE);
}

function copyAttribute(here: Element, there: Element, name: string): void {
  const value = there.getAttribute(name);
  if (value === null) {
    here.removeAttribute(name);
  } else {
    here.setAttribute(name, value);
  }
}
