/**
 * What commands print, without what differs from one run to the next: numbers of instances and processes, times, and the
 * folder of whoever runs them. Column widths depend on the numbers, so that any gap counts as two blanks.
 */
export function told(output: string, home: string): string {
  return output
    .replaceAll(home, '/home/you')
    .replace(/instance-\d+/g, 'instance-N')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replace(/\bpid \d+/g, 'pid N')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/ {2,}/g, '  ')
    .trim()
}
