/** "2026-03-01-14-05-09" in local time: sorts by age and is a file name everywhere. */
export function dateStamp(date: Date): string {
  const parts = [
    date.getFullYear(),
    date.getMonth() + 1,
    date.getDate(),
    date.getHours(),
    date.getMinutes(),
    date.getSeconds(),
  ];
  return parts.map((part) => String(part).padStart(2, "0")).join("-");
}
