import type { Finding, FindingFacts, ToolOrigin } from '../../main/contract/index.ts';
import type { Language } from '../i18n/index.ts';
import { explained } from './explained.ts';

/** A finding as a window says it. */
export interface SaidFinding {
  readonly title: string;
  readonly detail: string;
  readonly remedy: string | null;
  /** The service's own words, where they name something that these do not. */
  readonly original: string | null;
}

type Said = Omit<SaidFinding, 'original'> & { readonly original?: true };
type What = FindingFacts['what'];
type Facts<W extends What> = Extract<FindingFacts, { readonly what: W }>;
type Tool = Facts<'tool.found'>['tool'];

const number = (value: number, digits: number): string =>
  new Intl.NumberFormat('de', { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

/** Each tool, and what does not go without it. */
const tools: Readonly<Record<Tool, readonly [title: string, without: string]>> = {
  'arm-gcc': ['ARM-Compiler', 'Ohne ihn lässt sich keine Firmware bauen.'],
  qemu: ['QEMU', 'Ohne ihn laufen keine virtuellen Boards.'],
  openocd: ['OpenOCD', 'Ohne es lassen sich Boards nicht flashen, die darüber geflasht werden.'],
  'host-gcc': ['C-Compiler dieses Rechners', 'Ohne ihn entfallen Tests des erzeugten C auf diesem Rechner.'],
  chromium: ['Chromium', 'Ohne ihn entfallen Tests im Browser.'],
};

const origins: Readonly<Record<ToolOrigin, string>> = {
  chosen: 'von Hand gewählt',
  bundled: 'mit der App gekommen',
  staged: 'von der Einrichtung gebracht',
  path: 'von diesem Rechner',
  system: 'von diesem Rechner',
};

const installing = {
  'udev-rules':
    'Führe `sudo cp resources/udev/60-mcunet-studio.rules /etc/udev/rules.d/ && sudo udevadm control --reload` aus, stecke das Board wieder an und prüfe erneut.',
  'usb-driver':
    'Installiere unter Windows den WinUSB-Treiber für den Adapter (docs/hardware-access.md) und prüfe erneut.',
} as const;

const portRemedies = {
  forbidden:
    'Installiere die udev-Regeln (wie, steht in resources/udev/60-mcunet-studio.rules), oder führe `sudo usermod -aG dialout $USER` aus und melde dich neu an.',
  busy: 'Schließe das andere Programm, das sie offen hat (ein serieller Monitor, eine IDE).',
  gone: 'Stecke das Board wieder an.',
} as const;

const german: { readonly [W in What]: (facts: Facts<W>, finding: Finding) => Said } = {
  'tool.found': ({ tool, origin, others }, { version }) => {
    const unused = others.map((other) => `${other.version}, ${origins[other.origin]} (${other.path})`).join(', ');
    const detail = `Version ${version}, ${origins[origin]}${unused === '' ? '' : `; nicht benutzt: ${unused}`}`;
    return { title: tools[tool][0], detail, remedy: null };
  },
  'tool.missing': ({ tool, variable, brokenPath }) => {
    const [title, without] = tools[tool];
    return {
      title,
      detail: `${brokenPath === null ? 'Nicht gefunden.' : `${brokenPath} läuft nicht.`} ${without}`,
      remedy: `Führe \`node native-toolchain/setup.mjs\` aus, oder setze ${variable} auf den Ort deines eigenen.`,
      original: true,
    };
  },
  // What the help says of it sends to this very list.
  'devices.unlisted': () => ({
    title: 'Angesteckte Geräte',
    detail: 'Das System zählt nicht alle angesteckten Geräte auf.',
    remedy: 'Gib die serielle Schnittstelle und den Adapter von Hand an.',
    original: true,
  }),
  'probes.none': () => ({
    title: 'Debug-Adapter',
    detail: 'Gerade ist weder Adapter noch Board angesteckt, also ließ sich nichts ausprobieren.',
    remedy: null,
  }),
  'probe.opens': ({ name }) => ({ title: name, detail: 'Lässt sich öffnen.', remedy: null }),
  'probe.answers': ({ name, firmware, volts }) => ({
    title: name,
    detail: `Antwortet: Firmware ${firmware}, ${number(volts, 2)} V am Chip.`,
    remedy: null,
  }),
  'probe.failed': ({ name, step, problem, install }) => {
    const failed = step === 'opening' ? 'Das Öffnen scheiterte. ' : 'Die Frage nach seiner Version scheiterte. ';
    const said = ofProblem(name, failed, problem);
    return install === null ? said : { ...said, remedy: installing[install] };
  },
  'port.opens': () => ({ title: 'Serielle Schnittstelle', detail: 'Lässt sich öffnen.', remedy: null }),
  'port.failed': ({ error, why }) => ({
    title: 'Serielle Schnittstelle',
    detail: `Das Öffnen scheiterte: ${error}.`,
    remedy: portRemedies[why],
  }),
  'board-file.faulty': ({ problem }) => ofProblem('Board-Datei', '', problem),
  machine: ({ processors, freeGibibytes }, { state }) => ({
    title: 'Dieser Rechner',
    detail: `${processors} ${processors === 1 ? 'Prozessor' : 'Prozessoren'}, ${number(freeGibibytes, 1)} GiB Speicher frei`,
    remedy: state === 'ok' ? null : 'Schließe andere Programme vor einem Training.',
  }),
  'network.loopback': () => ({
    title: 'Netzwerk',
    detail: 'Seit dem Start dieses Programms wurde nichts als dieser Rechner gefragt.',
    remedy: null,
  }),
  'network.foreign': ({ times, asked }) => ({
    title: 'Netzwerk',
    detail: `Dieses Programm fragte ${times}-mal nach einem anderen Rechner: ${asked}.`,
    remedy: 'Bitte melde das: MCUNet Studio hat keinen Grund dazu.',
  }),
  tensorflow: ({ installed }) => ({
    title: 'TensorFlow (freiwillig)',
    detail: installed
      ? 'tfjs-node ist installiert und kann als Backend gewählt werden.'
      : 'Nicht installiert; trainiert wird mit dem eingebauten Backend.',
    remedy: null,
  }),
};

function ofProblem(title: string, lead: string, problem: Facts<'board-file.faulty'>['problem']): Said {
  const { cause, remedy } = explained(problem, 'de');
  return { title, detail: `${lead}${cause}`, remedy: remedy === '' ? null : remedy, original: true };
}

/** The facts of a finding in words, where the window speaks another language than the service. */
const spoken: Partial<Record<Language, typeof german>> = { de: german };

/** The service speaks English: elsewhere the window composes what was found from its facts. */
export function saidFinding(finding: Finding, language: Language): SaidFinding {
  const { title, detail, remedy, facts } = finding;
  const words = spoken[language];
  if (words === undefined) return { title, detail, remedy, original: null };
  // The record has the function for exactly these facts under their name, which the compiler cannot follow.
  const say = words[facts.what] as (facts: FindingFacts, finding: Finding) => Said;
  const { original, ...said } = say(facts, finding);
  return { ...said, original: original === undefined ? null : [detail, remedy].filter(Boolean).join(' ') };
}
