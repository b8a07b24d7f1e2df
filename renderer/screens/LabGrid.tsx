import { Box, Table, Text, UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';
import type { LabMatrix } from '../../main/contract/index.ts';
import { useTranslation } from '../i18n/index.ts';
import { tableOf } from './labMatrix.ts';

/** How good or bad a cell stands; a mark says it beside the colour. */
export type CellTone = 'good' | 'bad' | 'busy' | 'quiet';

export interface CellFace {
  readonly tone: CellTone;
  readonly text: string;
  /** A second line: figures, or what went wrong. */
  readonly more: string | null;
  /** The service's own words below it, where these are in another language. */
  readonly original?: string | null;
  /** The whole story, for a pointer that rests on it and for screen readers. */
  readonly title?: string;
  readonly onOpen?: () => void;
}

const tones: Readonly<Record<CellTone, { readonly mark: string; readonly colour: string }>> = {
  good: { mark: '✓', colour: 'var(--chart-fits)' },
  bad: { mark: '✗', colour: 'var(--chart-limit)' },
  busy: { mark: '▸', colour: 'var(--chart-series-2)' },
  quiet: { mark: '·', colour: 'var(--chart-muted)' },
};

interface LabGridProps {
  readonly label: string;
  readonly matrix: LabMatrix;
  readonly faceOf: (index: number) => CellFace | null;
}

/** A matrix as what it is: models with their options down, boards across. */
export function LabGrid({ label, matrix, faceOf }: LabGridProps): ReactNode {
  const { t } = useTranslation();
  const { boards, rows } = tableOf(matrix);
  return (
    <Box style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label={label}>
      <Table withColumnBorders withTableBorder aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('lab.row')}</Table.Th>
            {boards.map((board) => (
              <Table.Th key={board}>{board}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ model, option, cells }, at) => (
            <Table.Tr key={at}>
              <Table.Th scope="row" fw={500}>
                {model}
                <Text size="xs" c="dimmed">
                  {option}
                </Text>
              </Table.Th>
              {cells.map((index) => (
                <Table.Td key={index}>
                  <Face face={faceOf(index)} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}

function Face({ face }: { readonly face: CellFace | null }): ReactNode {
  if (face === null) return null;
  const { mark, colour } = tones[face.tone];
  const content = (
    <>
      <Text size="sm" span>
        <span aria-hidden="true" style={{ color: colour, fontWeight: 700 }}>
          {mark}{' '}
        </span>
        <span>{face.text}</span>
      </Text>
      {face.more !== null && (
        <Text size="xs" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums' }}>
          {face.more}
        </Text>
      )}
      {face.original && (
        <Text size="xs" c="dimmed" lang="en">
          {face.original}
        </Text>
      )}
    </>
  );
  if (face.onOpen === undefined) return <Box title={face.title}>{content}</Box>;
  return (
    <UnstyledButton onClick={face.onOpen} title={face.title} w="100%">
      {content}
    </UnstyledButton>
  );
}
