export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** How `action` ends. What is not written yet is no answer. */
export async function endOf(action: () => unknown): Promise<Outcome> {
  try {
    return { value: await action() };
  } catch (error) {
    const isMissing = error instanceof TypeError && error.message.includes("is not a function");
    if (isMissing || (error instanceof Error && error.message.startsWith("TODO"))) throw error;
    return { error };
  }
}

export const nameOf = (error: unknown): string =>
  error instanceof Error ? error.name : error === undefined ? "nothing" : show(error);

export const show = (value: unknown): string =>
  value instanceof Error ? `${value.name}: ${value.message}` : (JSON.stringify(value) ?? String(value));

export const describe = (outcome: Outcome): string =>
  "value" in outcome ? `resolved to ${show(outcome.value)}` : `failed with ${show(outcome.error)}`;
