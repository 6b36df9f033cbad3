import type { DiffDocument, WordedPrivilege } from './diff-document';
import { count } from '../finding-words';

type Privileges = DiffDocument['privileges'];

/** So many policies are named in the first line. */
const MOST_NAMES = 3;

/** Says of what pods have how much is gained and lost, and what limits them less, or more. */
export function privilegesIn({ gained, lost }: Privileges): string[] {
  const number = (all: readonly WordedPrivilege[]) =>
    all.filter(({ guardrail, image }) => guardrail === null && image === null).length;
  const [more, less] = [number(gained), number(lost)];
  const guards = [...policiesIn({ gained, lost }), ...hardeningIn({ gained, lost })];
  const isWeaker = gained.length > more;
  return [
    ...imagesIn(gained),
    ...(more + less === 0 && isWeaker ? [] : [counted(more, less)]),
    ...guards,
  ];
}

function counted(gained: number, lost: number): string {
  if (gained === 0 && lost === 0) {
    return 'no privilege gained or lost';
  }
  if (gained === 0) {
    return `${count(lost, 'privilege')} lost, none gained`;
  }
  return `${count(gained, 'privilege')} gained${lost === 0 ? '' : `, ${lost} lost`}`;
}

/**
 * Counts the containers with host privileges whose image comes from another repository, and names
 * the image if it is one.
 */
function imagesIn(gained: readonly WordedPrivilege[]): string[] {
  const all = gained.flatMap(({ image }) => image ?? []);
  const images = new Set(all.map(({ to }) => to));
  const what = images.size === 1 ? `image ${all[0].to}` : 'images';
  return all.length === 0
    ? []
    : [
        `${count(all.length, 'container')} with host privileges ${all.length === 1 ? 'runs' : 'run'} ${what} from another repository`,
      ];
}

function policiesIn({ gained, lost }: Privileges): string[] {
  const certain = namesIn(gained, ({ guardrail }) => guardrail?.certain === true);
  const perhaps = namesIn(gained).filter(name => !certain.includes(name));
  const more = namesIn(lost);
  const isBoth = (name: string) => more.includes(name);
  const isOne = (name: string) => !isBoth(name);
  return [
    ...said(certain.filter(isOne), 'refuses less', 'refuse less'),
    ...said(perhaps.filter(isOne), 'may refuse less'),
    ...said(certain.filter(isBoth), ...inPlaces('refuses', 'refuse')),
    ...said(perhaps.filter(isBoth), ...inPlaces('may refuse', 'may refuse')),
    ...said(
      more.filter(name => !namesIn(gained).includes(name)),
      'refuses more',
      'refuse more',
    ),
  ];
}

function inPlaces(...verbs: readonly [string, string]): [string, string] {
  const [one, many] = verbs.map(verb => `${verb} less, and more in other places`);
  return [one, many];
}

function namesIn(
  all: readonly WordedPrivilege[],
  isMeant: (each: WordedPrivilege) => boolean = () => true,
): string[] {
  return [...new Set(all.filter(isMeant).flatMap(({ guardrail }) => guardrail?.policy ?? []))];
}

function said(names: readonly string[], one: string, many = one): string[] {
  if (names.length === 0) {
    return [];
  }
  if (names.length > MOST_NAMES) {
    return [`${names.length} policies ${many}`];
  }
  return [
    names.length === 1 ? `policy ${names[0]} ${one}` : `policies ${names.join(', ')} ${many}`,
  ];
}

function hardeningIn({ gained, lost }: Privileges): string[] {
  const number = (all: readonly WordedPrivilege[]) =>
    all.filter(({ guardrail }) => guardrail?.kind === 'hardening').length;
  const words = (many: number, one: string, several: string) =>
    many === 0 ? [] : [`${count(many, 'container')} ${many === 1 ? one : several} hardening`];
  return [...words(number(gained), 'loses', 'lose'), ...words(number(lost), 'gains', 'gain')];
}
