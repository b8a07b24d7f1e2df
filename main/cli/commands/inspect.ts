import { format, inspectModelFile } from '../../studio/index.ts';
import { textTable } from '../textTable.ts';
import { withJson, type AddCommand } from './command.ts';

export const addInspect: AddCommand = (program, _session, finish) => {
  withJson(program.command('inspect'))
    .description('operators, shapes, MACs, parameters of a model')
    .argument('<model>', 'an int8 .tflite file')
    .action((model: string) =>
      finish(async () => {
        const info = inspectModelFile(model);
        const end = ({ shape, scale, zeroPoint }: (typeof info.inputs)[number]): string =>
          `int8 ${format.shape(shape)}  (scale ${scale?.toPrecision(6) ?? '–'}, zero point ${zeroPoint ?? '–'})`;
        const rows = info.operators.map(({ index, kind, name, outputShapes, macs, parameters }) => [
          index,
          kind,
          outputShapes.map(format.shape).join(' '),
          format.integer(macs),
          format.integer(parameters),
          name,
        ]);
        const text = [
          `${info.name}: ${format.integer(info.macs)} MACs, ${format.integer(info.parameters)} parameters in ${format.bytes(info.weightBytes)}`,
          ...info.inputs.map((input) => `in   ${end(input)}`),
          ...info.outputs.map((output) => `out  ${end(output)}`),
          '',
          textTable(['#', 'operator', 'output', 'MACs', 'parameters', 'name'], rows),
        ].join('\n');
        return { json: info, text };
      }),
    );
};
