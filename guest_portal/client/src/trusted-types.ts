/** As far as the standard's `trustedTypes` is needed here; absent where the browser does not have it. */
type Rules = { createScript?: (script: string) => string; createScriptURL?: (address: string) => string };
type Policy = { createScript(script: string): string; createScriptURL(address: string): string };

declare const trustedTypes: { createPolicy(name: string, rules: Rules): Policy } | undefined;

/** One of the policies that the page's Content-Security-Policy names. What it makes are strings to TypeScript only. */
export function policy(name: "worker" | "engine", rules: Rules): Rules {
  return typeof trustedTypes === "undefined" ? rules : trustedTypes.createPolicy(name, rules);
}
