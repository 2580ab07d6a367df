import type { PostalArea } from "../conversation/postal-area";

/** Shows the numbers of help that answer in that area. What is hidden and shown is all that the page keeps of it. */
export function showNumbersOf(area: PostalArea): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-place]")) {
    element.hidden = element.dataset.place !== area;
  }
}
