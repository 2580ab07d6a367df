/** Overseas, some numbers of help are others. */
export type PostalArea = "mainland" | "overseas";

/** Where a French postal code is: departments and collectivities overseas have 97 and 98, and Monaco, abroad, has 980. */
export function areaOf(postalCode: string): PostalArea {
  return /^9[78]/.test(postalCode) ? "overseas" : "mainland";
}
