import { Box, Button, Group, Select, Stack, Text } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { layersAt, layersOf, mapCode, piecesOf, type CodeFile, type CodeLayer, type CodePiece } from './codeMap.ts';

interface GeneratedCodeProps {
  readonly runId: string;
  /** The name of the layer that is pointed out, here and in every other view of the run. */
  readonly selected: string | null;
  readonly onSelect: (name: string | null) => void;
}

const LINE = 18;

/** The generated C beside its layers: a layer shows its C, a line of the C shows its layer. */
export function GeneratedCode({ runId, selected, onSelect }: GeneratedCodeProps): ReactNode {
  const { t } = useTranslation();
  const [loaded, again] = useCall(
    async (client, signal) => {
      const { artefacts } = await client.call('runs.get', { id: runId }, { signal });
      const names = artefacts.map(({ name }) => name).filter((name) => /^c\/.*\.[ch]$/.test(name));
      const files = await Promise.all(
        names.map(async (name): Promise<CodeFile> => {
          const { bytes } = await client.call('runs.artefact', { id: runId, name }, { signal });
          return { name: name.replace(/^c\//, ''), text: new TextDecoder().decode(bytes) };
        }),
      );
      return { files, pieces: mapCode(files), layers: layersOf(files) };
    },
    [runId],
  );
  if (loaded.state === 'failed')
    return <ErrorCard error={loaded.error} action={{ label: t('try.again'), run: again }} />;
  if (loaded.state === 'loading') return <Text role="status">{t('loading')}</Text>;
  if (loaded.value.files.length === 0) return <Text>{t('build.code.none')}</Text>;
  return <CodeView {...loaded.value} selected={selected} onSelect={onSelect} />;
}

interface CodeViewProps extends Omit<GeneratedCodeProps, 'runId'> {
  readonly files: readonly CodeFile[];
  readonly pieces: readonly CodePiece[];
  readonly layers: readonly CodeLayer[];
}

function CodeView({ files, pieces, layers, selected: selectedName, onSelect }: CodeViewProps): ReactNode {
  const { t } = useTranslation();
  const selected = layers.find(({ name: each }) => each === selectedName)?.index ?? null;
  const [name, setName] = useState(() => files.find((file) => file.name === 'model.c')?.name ?? files[0]?.name ?? '');
  const [line, setLine] = useState<number | null>(null);
  const places = useMemo(() => (selected === null ? [] : piecesOf(pieces, selected)), [pieces, selected]);
  const file = files.find((each) => each.name === name);
  const show = (piece: CodePiece): void => {
    setName(piece.file);
    setLine(piece.first);
  };
  // A layer that was chosen elsewhere is shown where its kernel is; one that was found by a line leaves the view as it is.
  const found = useRef<number | null>(null);
  useEffect(() => {
    if (selected === null || found.current === selected) return;
    const [first] = [...places].sort((a, b) => Number(b.file.includes('kernels')) - Number(a.file.includes('kernels')));
    if (first !== undefined) show(first);
  }, [selected, places]);
  const nameOf = (layer: number): string => layers.find(({ index }) => index === layer)?.name ?? String(layer);
  const owners = line === null ? null : layersAt(pieces, name, line);
  const choose = (at: number): void => {
    setLine(at);
    const [owner] = layersAt(pieces, name, at);
    if (owner === undefined) return;
    found.current = owner;
    onSelect(nameOf(owner));
  };
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        {t('build.code.help')}
      </Text>
      <Group align="end" gap="sm">
        <Select
          label={t('build.code.layer')}
          placeholder={t('build.code.any')}
          data={layers.map((layer) => ({ value: String(layer.index), label: `${layer.index} ${layer.name}` }))}
          value={selected === null ? null : String(selected)}
          onChange={(value) => {
            found.current = null;
            onSelect(value === null ? null : nameOf(Number(value)));
          }}
          searchable
          w={300}
        />
        <Select
          label={t('build.code.file')}
          data={files.map((each) => each.name)}
          value={name}
          onChange={(value) => {
            if (value === null) return;
            setName(value);
            setLine(null);
          }}
          allowDeselect={false}
          w={200}
        />
        {places.map((piece) => (
          <Button
            key={`${piece.file}:${piece.first}`}
            size="compact-xs"
            variant={piece.file === name && piece.first === line ? 'filled' : 'default'}
            onClick={() => show(piece)}
          >
            {t('build.code.places', { line: piece.first + 1, file: piece.file })}
          </Button>
        ))}
      </Group>
      {file !== undefined && (
        <Lines
          key={file.name}
          file={file}
          marked={places.filter((piece) => piece.file === file.name)}
          line={line}
          onLine={setLine}
          onChoose={choose}
        />
      )}
      <Text size="sm" role="status">
        {owners !== null &&
          (owners.length === 0
            ? t('build.code.nobody')
            : t('build.code.whose', { layers: owners.map(nameOf).slice(0, 8).join(', ') }))}
      </Text>
    </Stack>
  );
}

interface LinesProps {
  readonly file: CodeFile;
  readonly marked: readonly CodePiece[];
  readonly line: number | null;
  readonly onLine: (line: number) => void;
  readonly onChoose: (line: number) => void;
}

/** A file's lines, of which only those in view are drawn. Arrow keys move, Enter asks whose the line is. */
function Lines({ file, marked, line, onLine, onChoose }: LinesProps): ReactNode {
  const lines = useMemo(() => file.text.split('\n'), [file]);
  const view = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => view.current,
    estimateSize: () => LINE,
    overscan: 20,
  });
  const isSeen = (at: number): boolean => {
    const { scrollTop, clientHeight } = view.current ?? { scrollTop: 0, clientHeight: 0 };
    return at * LINE >= scrollTop && (at + 1) * LINE <= scrollTop + clientHeight;
  };
  useEffect(() => {
    // By hand: the virtualizer does not know its height yet when a file is opened at a line.
    if (line !== null && !isSeen(line)) view.current?.scrollTo({ top: Math.max(0, line - 2) * LINE });
  }, [line]);
  const onKey = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor((view.current?.clientHeight ?? LINE) / LINE) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }[event.key];
    if (event.key === 'Enter' && line !== null) onChoose(line);
    else if (step !== undefined) onLine(Math.min(lines.length - 1, Math.max(0, (line ?? 0) + step)));
    else return;
    event.preventDefault();
  };
  const isMarked = (at: number): boolean => marked.some(({ first, last }) => first <= at && at <= last);
  return (
    <Box
      ref={view}
      h={480}
      tabIndex={0}
      role="region"
      aria-label={file.name}
      onKeyDown={onKey}
      ff="monospace"
      fz={12}
      style={{ overflow: 'auto', border: '1px solid var(--chart-grid)', borderRadius: 6 }}
    >
      <div style={{ height: virtual.getTotalSize(), position: 'relative', minWidth: 'max-content' }}>
        {virtual.getVirtualItems().map(({ index, start }) => (
          <div
            key={index}
            data-line={index + 1}
            data-marked={isMarked(index) || undefined}
            onClick={() => onChoose(index)}
            style={{
              position: 'absolute',
              top: 0,
              left: 0,
              minWidth: '100%',
              height: LINE,
              lineHeight: `${LINE}px`,
              transform: `translateY(${start}px)`,
              whiteSpace: 'pre',
              cursor: 'pointer',
              background: isMarked(index)
                ? 'color-mix(in srgb, var(--chart-series-2) 22%, var(--mantine-color-body))'
                : undefined,
              outline: index === line ? '1px solid var(--chart-series-3)' : undefined,
            }}
          >
            <span
              style={{
                display: 'inline-block',
                width: 52,
                textAlign: 'right',
                color: isMarked(index) ? undefined : 'var(--chart-muted)',
              }}
            >
              {index + 1}
            </span>
            {`  ${(lines[index] ?? '').slice(0, 400)}`}
          </div>
        ))}
      </div>
    </Box>
  );
}
