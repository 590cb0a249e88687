import { describe, expect, it } from "vitest";
import { z } from "zod";
import { complaintsOf, HttpProblem, inWords, show } from "./problem.ts";

describe("HttpProblem", () => {
  it("has the members of problem details, then its own, and the id of the request", () => {
    const problem = new HttpProblem({
      status: 409,
      type: "/problems/wrong-state",
      title: "The loaf is in a state that does not allow this",
      detail: "it is eaten",
      errors: [{ field: "loaf", rule: "must be whole" }],
      more: { state: "eaten" },
      headers: { "Retry-After": "1" },
    });
    expect([problem.status, problem.message, problem.headers]).toEqual([
      ...[409, "it is eaten"],
      { "Retry-After": "1" },
    ]);
    expect(JSON.stringify(problem.body("r1"))).toBe(
      '{"type":"/problems/wrong-state","title":"The loaf is in a state that does not allow this","status":409,"detail":"it is eaten","errors":[{"field":"loaf","rule":"must be whole"}],"state":"eaten","requestId":"r1"}',
    );
  });

  it("leaves out what there is none of", () => {
    const problem = new HttpProblem({ status: 404, type: "about:blank", title: "Not Found", detail: "no" });
    expect(problem.headers).toEqual({});
    expect(JSON.parse(JSON.stringify(problem.body()))).toEqual({
      ...{ type: "about:blank", title: "Not Found", status: 404, detail: "no" },
    });
  });
});

describe("complaintsOf", () => {
  const schema = z.strictObject(
    { loaves: z.array(z.number({ error: "must be a number" })) },
    { error: "must be an object" },
  );
  const complaints = (value: unknown, at?: readonly string[]) => {
    const { error } = schema.safeParse(value);
    return error === undefined ? [] : complaintsOf(error, value, at);
  };

  it("names the field, the rule and the value", () => {
    expect(complaints({ loaves: [1, "two"] })).toEqual([
      { field: "loaves.1", rule: "must be a number", got: '"two"' },
    ]);
    expect(complaints({ loaves: ["two"] }, ["payload"])).toMatchObject([{ field: "payload.loaves.0" }]);
    expect(complaints(7)).toEqual([{ field: "body", rule: "must be an object", got: "7" }]);
  });

  it("names what nobody knows", () => {
    const complaint = { field: "oven", rule: "must not be there: nobody knows it" };
    expect(complaints({ loaves: [], oven: 1 })).toEqual([complaint]);
  });
});

describe("inWords", () => {
  it("makes a sentence", () => {
    const complaints = [{ field: "loaves", rule: "must be a number", got: "true" }];
    expect(inWords([...complaints, { field: "body", rule: "must be JSON" }])).toBe(
      "loaves must be a number, got true; body must be JSON",
    );
  });
});

describe("show", () => {
  it("shows any value, in 80 characters at the most", () => {
    expect([undefined, null, "a"].map(show)).toEqual(["nothing", "null", '"a"']);
    expect(show("x".repeat(78))).toBe(`"${"x".repeat(78)}"`);
    expect(show("x".repeat(79))).toBe(`"${"x".repeat(78)}…`);
  });
});
