/** What stands for a place abroad, or none: it leads to the desk of last resort. */
const NO_PLACE = "00000";
const FIVE_DIGITS = /^[0-9]{5}$/;
const ARABIC_ZERO = "٠".charCodeAt(0);
const PERSIAN_ZERO = "۰".charCodeAt(0);

/**
 * The five digits that a person wrote; for anything else `00000`, so that no word written here by mistake leaves the
 * page. null if nothing was written.
 */
export function postalCodeOf(written: string): string | null {
  const code = written
    .replace(/\s/g, "")
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - ARABIC_ZERO))
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - PERSIAN_ZERO));
  if (code === "") {
    return null;
  }
  return FIVE_DIGITS.test(code) ? code : NO_PLACE;
}
