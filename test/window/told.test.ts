import { describe, expect, it } from 'vitest';
import {
  jobParamsSchema,
  runTitleSchema,
  stages,
  type Finding,
  type FindingFacts,
  type StepRecord,
} from '../../main/contract/index.ts';
import { saidFinding } from '../../renderer/help/findings.ts';
import { translationFor } from '../../renderer/i18n/index.ts';
import { latencySaid, reasonSaid } from '../../renderer/search/reasons.ts';
import { titled } from '../../renderer/i18n/jobTitles.ts';
import { stageWord } from '../../renderer/i18n/stages.ts';
import { stepTitle } from '../../renderer/i18n/steps.ts';

/** What the service tells in its own language, as a window in another one says it. */
const german = translationFor('de');
const { t } = german;

describe('a step', () => {
  const step = (name: string, title: string, more: Partial<StepRecord> = {}): StepRecord => ({
    name,
    title,
    state: 'done',
    inputHash: null,
    startedAt: null,
    finishedAt: null,
    reused: false,
    note: null,
    stages: [],
    ...more,
  });

  it('is named in the window’s language, and as it was recorded in the service’s', () => {
    expect(stepTitle(step('judge', 'Comparing int8 with float'), 'de')).toBe('int8 mit float vergleichen');
    expect(stepTitle(step('profile', 'Measuring on NUCLEO-F401RE'), 'en')).toBe('Measuring on NUCLEO-F401RE');
  });

  it('of a part of a job says whose it is, where an older record names the board’s id alone too', () => {
    const part = 'NUCLEO-F401RE';
    expect(stepTitle(step('train@f401', 'x (NUCLEO-F401RE)', { part }), 'de')).toBe('Netz trainieren (NUCLEO-F401RE)');
    expect(stepTitle(step('train@f401', 'x (NUCLEO-F401RE)'), 'de')).toBe('Netz trainieren (f401)');
  });

  it.each(['cell-003', 'of-another-version', 'constructor'])('without words for it is as recorded: %s', (name) => {
    expect(stepTitle(step(name, 'As it was'), 'de')).toBe('As it was');
  });
});

describe('a stage', () => {
  it('has words of its own in the window’s language', () => {
    for (const stage of stages) expect(stageWord(stage, t)).not.toBe(stage);
    expect(stageWord('cell 3 of 12', t)).toBe('Zelle 3 von 12');
  });

  it('of an older version is as recorded', () => {
    expect(stageWord('drawing road signs', t)).toBe('drawing road signs');
  });
});

describe('what is found of this computer', () => {
  const finding = (facts: FindingFacts, more: Partial<Finding> = {}): Finding => ({
    ...{ id: 'x', title: 'A title', state: 'ok', detail: 'Details.', remedy: 'Do this.', version: null, path: null },
    facts,
    ...more,
  });

  it('is said in the service’s words where the window speaks its language', () => {
    const said = { title: 'A title', detail: 'Details.', remedy: 'Do this.', original: null };
    expect(saidFinding(finding({ what: 'probes.none' }), 'en')).toEqual(said);
  });

  it('keeps versions, paths, addresses and figures in another language', () => {
    const others = [{ version: '9.0', origin: 'system', path: '/usr/bin/qemu-system-arm' } as const];
    const found = finding({ what: 'tool.found', tool: 'qemu', origin: 'chosen', others }, { version: '7.2.9' });
    expect(saidFinding(found, 'de').detail).toBe(
      'Version 7.2.9, von Hand gewählt; nicht benutzt: 9.0, von diesem Rechner (/usr/bin/qemu-system-arm)',
    );
    expect(saidFinding(finding({ what: 'network.foreign', times: 2, asked: 'a.invalid:443' }), 'de').detail).toBe(
      'Dieses Programm fragte 2-mal nach einem anderen Rechner: a.invalid:443.',
    );
    const volts = finding({ what: 'probe.answers', name: 'ST-Link 066D', firmware: 'V2J37', volts: 3.251 });
    expect(saidFinding(volts, 'de')).toMatchObject({ title: 'ST-Link 066D', original: null });
    expect(saidFinding(volts, 'de').detail).toBe('Antwortet: Firmware V2J37, 3,25 V am Chip.');
  });

  it('says how to repair it, and gives the service’s own words where they name more', () => {
    const missing = {
      what: 'tool.missing',
      tool: 'arm-gcc',
      variable: 'MCUNET_ARM_GCC',
      brokenPath: '/opt/gcc',
    } as const;
    expect(saidFinding(finding(missing), 'de')).toMatchObject({
      detail: '/opt/gcc läuft nicht. Ohne ihn lässt sich keine Firmware bauen.',
      remedy: expect.stringContaining('MCUNET_ARM_GCC') as string,
      original: 'Details. Do this.',
    });
    const problem = {
      code: 'probe.no-permission',
      message: 'It may not be opened.',
      remedy: 'Add a rule.',
      details: {},
    };
    const refused = { what: 'probe.failed', name: 'ST-Link', step: 'opening', problem, install: 'udev-rules' } as const;
    const said = saidFinding(finding(refused), 'de');
    expect(said.detail).toContain('Du darfst den Adapter nicht öffnen.');
    expect(said.remedy).toContain('60-mcunet-studio.rules');
  });
});

describe('what a search says of its network', () => {
  const reason = 'It is nearly the best.';

  it('is composed of figures in the window’s language', () => {
    const why = { code: 'faster', lost: 0.0012, saved: 0.318 } as const;
    expect(reasonSaid({ key: 'a', reason, why }, german)).toBe(
      'Ihm fehlen nur 0,1 Punkte auf das genaueste Netz, das jede Grenze einhält, und es ist 31,8\u00a0% schneller.',
    );
    const facts = { code: 'kernels', board: 'NUCLEO-F401RE', kernels: 310, images: 4, worstError: 0.021 } as const;
    expect(latencySaid({ kind: 'measured', detail: 'x', facts }, german)).toBe(
      'Latenz aus gemessenen Takten von 310 Kernels auf NUCLEO-F401RE (Images: 4). Jedes Image ist aus den anderen auf 2,1\u00a0% vorhergesagt.',
    );
  });

  it('is the service’s sentence in a report of an older version', () => {
    expect(reasonSaid({ key: 'a', reason }, german)).toBe(reason);
    expect(latencySaid({ kind: 'estimated', detail: '' }, german)).toBe('');
  });
});

describe('a run that a window begins', () => {
  const boardId = 'nucleo-f401re';
  const model = '/home/me/person.tflite';

  it.each([
    [{ kind: 'demo' }, 'Demo mit Verkehrszeichen'],
    [{ kind: 'train', dataset: '/data/birds', boardId, minutes: 5 }, 'Training mit birds für nucleo-f401re'],
    [
      { kind: 'search', dataset: 'generated:sounds?seed=2', boardId, minutes: 5 },
      'Suche mit Geräuschen für nucleo-f401re',
    ],
    [{ kind: 'build', model, boardId, plan: 'auto' }, 'person für nucleo-f401re gebaut'],
    [{ kind: 'profile', model, boardId, plan: 'stream' }, 'person auf nucleo-f401re gemessen (stream)'],
    [
      { kind: 'bench', matrix: { format: 1, models: ['a', 'b'], boards: [{ id: boardId }] } },
      'Labor: 2 Modelle × 1 Board',
    ],
  ] as const)('has a title in its language, or the service’s own: %o', (params, title) => {
    const job = jobParamsSchema.parse(params);
    expect(titled(job, 'de')).toEqual({ title });
    expect(titled(job, 'en')).toEqual({});
  });

  it('has one that the service takes, whatever its files are called', () => {
    const build = { kind: 'build', model: `a\nb${'c'.repeat(300)}.onnx`, boardId } as const;
    expect(runTitleSchema.parse(titled(build, 'de').title)).toHaveLength(200);
  });
});
