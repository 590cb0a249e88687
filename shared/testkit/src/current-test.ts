/** The title of the test that is running, as the setup file notes it; so a failure can name the line that repeats it. */
export const currentTest: { title: string | undefined } = { title: undefined };
