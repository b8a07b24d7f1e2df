import { z } from 'zod';
import { splitNames, type DatasetReport } from '../dataset.ts';
import { liveFrameSchema, liveInfoSchema, liveResultSchema, liveStatusSchema, mostFrameBytes } from '../domain/live.ts';
import {
  exportedSchema,
  exportRequestSchema,
  interpretedFilesSchema,
  modelFormatSchema,
  writtenModelSchema,
} from '../domain/exports.ts';
import {
  boardSummarySchema,
  calibrationSummarySchema,
  flashedSchema,
  serialLineSchema,
  smokeSchema,
} from '../domain/boards.ts';
import { findingSchema } from '../domain/findings.ts';
import { jobEventSchema, jobParamsSchema, jobSchema } from '../domain/jobs.ts';
import { labMatrixSchema, labSessionSchema, preflightSchema } from '../domain/lab.ts';
import { modelInfoSchema } from '../domain/models.ts';
import { inputModeSchema, planChoiceSchema } from '../domain/memory.ts';
import { networkUseSchema } from '../domain/network.ts';
import { openedProjectSchema, packedProjectSchema, projectInfoSchema, settingsSchema } from '../domain/projects.ts';
import { referenceSchema } from '../domain/references.ts';
import { reportSchema } from '../domain/report.ts';
import { logLineSchema, runFilterSchema, runRecordSchema, runSummarySchema, runTitleSchema } from '../domain/runs.ts';
import { progressSchema } from '../progress.ts';
import { defineService, type ServiceClient, type ServiceHandlers } from '../rpc/index.ts';

const nothing = z.strictObject({});
const path = z.string().min(1).max(4096);
const runId = z.string().regex(/^[a-z0-9-]{1,80}$/);
const liveId = z.string().regex(/^[a-z0-9-]{1,80}$/);

const boardId = z.string().min(1).max(100);
/** Which board, and through which probe and port where what is plugged in does not decide it. */
const boardAndHardware = { boardId, probe: z.string().min(1).max(4096).optional(), port: path.optional() };

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'expected bytes');

/**
 * All that the studio can be asked, and all that it tells. Window, command line and tests speak to this and to nothing
 * else, whatever carries it.
 */
export const studioService = defineService({
  calls: {
    'system.info': {
      params: nothing,
      result: z.object({
        version: z.string(),
        workspace: z.string(),
        platform: z.string(),
        processors: z.int(),
        /** Whether the service was told to reach nothing but this machine: it always is. */
        offline: z.literal(true),
        /** What it asked the network for so far: the proof of it. */
        network: networkUseSchema,
      }),
    },
    'doctor.check': { params: nothing, result: z.array(findingSchema), progress: progressSchema },

    'boards.list': { params: nothing, result: z.array(boardSummarySchema) },
    /** What was measured of a board's kernels with this engine; null where nothing was. */
    'boards.calibration': {
      params: z.strictObject({ boardId }),
      result: calibrationSummarySchema.nullable(),
    },
    /** Measures a board's kernels, in less than two minutes, and keeps what it found for searches and builds. */
    'boards.calibrate': {
      params: z.strictObject(boardAndHardware),
      result: calibrationSummarySchema,
      progress: progressSchema,
    },
    /** The first try of a board: it says hello, blinks, and its clock is measured. */
    'boards.smoke': { params: z.strictObject(boardAndHardware), result: smokeSchema, progress: progressSchema },
    /** Writes an image file (ELF, BIN, Intel HEX) into a board, verifies it and starts it. */
    'boards.flash': {
      params: z.strictObject({ ...boardAndHardware, image: path }),
      result: flashedSchema,
      progress: progressSchema,
    },
    /** Erases all of a read-protected chip. Nothing is touched unless `erase BOARD` was typed. */
    'boards.unlock': {
      params: z.strictObject({ ...boardAndHardware, confirmation: z.string().max(200) }),
      result: nothing,
      progress: progressSchema,
    },

    /** Opens a dataset and tells what was found in it: a `DatasetReport`. Can take a while for a large folder. */
    'datasets.inspect': {
      params: z.strictObject({ spec: path }),
      result: z.custom<DatasetReport>((value) => typeof value === 'object' && value !== null),
      progress: progressSchema,
    },
    /** Samples of one split as PNG, for a grid: of one class, or of all in their mixed order. */
    'datasets.samples': {
      params: z.strictObject({
        spec: path,
        split: z.enum(splitNames),
        label: z.int().nonnegative().optional(),
        offset: z.int().nonnegative(),
        limit: z.int().positive().max(200),
      }),
      result: z.object({
        total: z.int(),
        samples: z.array(z.object({ id: z.string(), index: z.int(), label: z.int(), png: bytes })),
      }),
      progress: progressSchema,
    },

    /** Adds one picture or recording to a class of a dataset's folder, which is made where it is missing. */
    'capture.add': {
      params: z.strictObject({
        folder: path,
        className: z.string().max(200),
        bytes: bytes.refine(({ length }) => length <= mostFrameBytes, `expected at most ${mostFrameBytes} bytes`),
        /** One press of the record button: its samples stay in one split. */
        session: z.string().max(32),
      }),
      result: z.object({ id: z.string(), isNew: z.boolean() }),
    },
    /** Takes a recorded sample away again; other files are left alone. */
    'capture.discard': { params: z.strictObject({ folder: path, id: z.string().max(500) }), result: nothing },
    /** How many samples each class of a folder holds by now. */
    'capture.classes': {
      params: z.strictObject({ folder: path }),
      result: z.array(z.object({ name: z.string(), count: z.int() })),
    },

    'models.inspect': { params: z.strictObject({ path }), result: modelInfoSchema },
    /** Writes a model as C, as an Arduino library, a CMSIS pack or a .tflite file into a folder. */
    'models.export': {
      params: z.strictObject({
        model: path,
        format: modelFormatSchema,
        out: path,
        /** Whose core and memories count; absent: a Cortex-M4 without limits. */
        board: boardId.optional(),
        plan: planChoiceSchema.optional(),
        input: inputModeSchema.optional(),
      }),
      result: writtenModelSchema,
      progress: progressSchema,
    },
    /** The reference interpreter: files of raw int8 in, `output_K.bin` out. */
    'models.run': {
      params: z.strictObject({ model: path, inputs: z.array(path).min(1).max(100_000), out: path }),
      result: interpretedFilesSchema,
      progress: progressSchema,
    },

    'runs.list': {
      params: runFilterSchema,
      result: z.object({ total: z.int(), runs: z.array(runSummarySchema) }),
    },
    'runs.get': { params: z.strictObject({ id: runId }), result: runRecordSchema },
    /** Log lines from the `from`th on. */
    'runs.log': {
      params: z.strictObject({ id: runId, from: z.int().nonnegative() }),
      result: z.object({ lines: z.array(logLineSchema), next: z.int() }),
    },
    'runs.report': { params: z.strictObject({ id: runId }), result: reportSchema },
    /** One file that the run made, by the name that its record gives. At most 64 MiB. */
    'runs.artefact': {
      params: z.strictObject({ id: runId, name: z.string().min(1).max(500) }),
      result: z.object({ file: z.string(), bytes }),
    },
    /** Gives a run another name; what it made keeps the old one. A run that is being done is refused. */
    'runs.rename': { params: z.strictObject({ id: runId, title: runTitleSchema }), result: nothing },
    /** A table of runs as one file to take away. */
    'runs.export': { params: exportRequestSchema, result: exportedSchema },
    /** Removes the run's folder, and nothing outside of it. A run that is being done is refused. */
    'runs.remove': { params: z.strictObject({ id: runId }), result: nothing },

    /** Figures that others have published, to stand beside our own. Not measured here. */
    'references.list': { params: nothing, result: z.array(referenceSchema) },

    /** Reads a `MATRIX.json`; its paths come back absolute. */
    'lab.read': { params: z.strictObject({ path }), result: labMatrixSchema },
    /** Whether each cell of a matrix fits, and what it is expected to take: one answer a cell, in the order of its cells. */
    'lab.preflight': {
      params: z.strictObject({ matrix: labMatrixSchema }),
      result: z.array(preflightSchema),
      progress: progressSchema,
    },
    /** A lab session with all its cells, as it stands on the disk. */
    'lab.session': { params: z.strictObject({ id: runId }), result: labSessionSchema },
    /** A lab session's table as one file to take away. */
    'lab.export': {
      params: z.strictObject({ id: runId, format: exportRequestSchema.shape.format }),
      result: exportedSchema,
    },

    /** Puts a job into the queue. Answers at once with the run that it will fill; absent, its title is the service's. */
    'jobs.start': {
      params: z.strictObject({ params: jobParamsSchema, title: runTitleSchema.optional() }),
      result: z.object({ runId }),
    },
    /** Goes on with a run that was interrupted, cancelled or failed; finished steps are kept. */
    'jobs.resume': { params: z.strictObject({ runId }), result: z.object({ runId }) },
    'jobs.cancel': { params: z.strictObject({ runId }), result: nothing },
    'jobs.list': { params: nothing, result: z.array(jobSchema) },

    /**
     * Puts a finished run's image onto its board and keeps it there, to be shown frames. Ends with `live.stop`, or by itself
     * after a minute in which nobody asks it anything and nobody listens to it.
     */
    'live.start': {
      params: z.strictObject({
        runId,
        /** Names the classes of a run that had no dataset. */
        dataset: path.optional(),
        probe: path.optional(),
        port: path.optional(),
      }),
      result: liveInfoSchema,
      progress: progressSchema,
    },
    /** Shows one frame to the board. While the board is away, its error is the answer. */
    'live.infer': { params: z.strictObject({ liveId, frame: liveFrameSchema }), result: liveResultSchema },
    'live.stop': { params: z.strictObject({ liveId }), result: nothing },
    /** What is in a project file (`.mcunet`), without opening it. */
    'projects.inspect': { params: z.strictObject({ path }), result: projectInfoSchema },
    /**
     * Packs runs of the workspace, its settings, and the models and files that they were made from into one file.
     * Datasets are referred to, or copied into it.
     */
    'projects.pack': {
      params: z.strictObject({
        path,
        name: z.string().min(1).max(200),
        /** Absent: all runs that are not being done. */
        runIds: z.array(runId).max(100_000).optional(),
        datasets: z.enum(['reference', 'copy']),
      }),
      result: packedProjectSchema,
      progress: progressSchema,
    },
    /** Brings a project's runs and files into the workspace. Runs that are there already stay as they are. */
    'projects.open': {
      params: z.strictObject({ path }),
      result: openedProjectSchema,
      progress: progressSchema,
    },
    /** The workspace's settings; they travel with a project. */
    'settings.get': { params: nothing, result: settingsSchema },
    /** Puts these in the place of the settings of the same names; null removes one. */
    'settings.change': { params: z.strictObject({ settings: settingsSchema }), result: settingsSchema },

    /** What is in a folder of this computer, for choosing models and datasets where there is no file dialog. */
    'files.list': {
      params: z.strictObject({ folder: path.nullable() }),
      result: z.object({
        folder: z.string(),
        parent: z.string().nullable(),
        entries: z.array(z.object({ name: z.string(), path: z.string(), folder: z.boolean(), bytes: z.number() })),
      }),
    },
  },
  events: {
    /** The jobs, now and whenever one of them changes. */
    jobs: { params: nothing, value: z.array(jobSchema) },
    /** What one job tells, from now on. */
    job: { params: z.strictObject({ runId }), value: jobEventSchema },
    /** That the runs changed: ask `runs.list` again. */
    runs: { params: nothing, value: z.object({ changed: z.array(z.string()) }) },
    /** The lines to boards, now and each second in which something went over them: open ones and the last closed. */
    serial: { params: nothing, value: z.array(serialLineSchema) },
    /** How a live session stands, now and whenever that changes. */
    live: { params: z.strictObject({ liveId }), value: liveStatusSchema },
    /** What was asked of the network, now and whenever it was asked for more. */
    network: { params: nothing, value: networkUseSchema },
    /** The boards, now and whenever one is plugged in or out. */
    boards: { params: nothing, value: z.array(boardSummarySchema) },
  },
});

export type StudioService = typeof studioService;
export type StudioClient = ServiceClient<StudioService>;
export type StudioHandlers = ServiceHandlers<StudioService>;
