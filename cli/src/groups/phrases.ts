/**
 * A plan's text as a sentence about the group: `Performing a rolling update on 2 instances, then adding 5 instances` →
 * `Performs a rolling update on 2 instances, then adds 5 instances`. Only the verb of each clause is turned.
 */
export function inThirdPerson(details: string): string {
  return details.replace(/(^|, then |, and |, )([A-Za-z]+)ing\b/g, (_, lead: string, stem: string) => lead + turn(stem))
}

/** Stems of gerunds that lost an `e`. */
const shortened =
  /(?:manag|terminat|updat|creat|replac|remov|chang|releas|provid|clos|wip|scal|resum|rais|reduc|restor|mov|driv|receiv|handl|enabl|disabl)$/i

/** Stems whose last consonant was doubled. */
const doubled = /(?:stopp|dropp|labell|swapp|runn|plann|sett|gett|putt|committ)$/i

function turn(stem: string): string {
  if (shortened.test(stem)) return `${stem}es`
  if (doubled.test(stem)) return `${stem.slice(0, -1)}s`
  return /(?:ch|sh|ss|x|z|o)$/i.test(stem) ? `${stem}es` : `${stem}s`
}
