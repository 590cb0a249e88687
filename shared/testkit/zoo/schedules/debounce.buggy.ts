export function createAutosave(save: () => void, ms: number) {
  let timer: NodeJS.Timeout | undefined;
  return {
    change(): void {
      clearTimeout(timer);
      timer = setTimeout(save, ms);
    },
    dispose(): void {
      timer = undefined; // Wrong: it is forgotten, but it still fires.
    },
  };
}
