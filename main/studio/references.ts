import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { referenceSchema, type Reference } from '../contract/index.ts';
import { resourcesFolder } from '../processes/index.ts';

const fileSchema = z.strictObject({ format: z.literal(1), references: z.array(referenceSchema) });

/** Figures that others have published, from `resources/references.json`. */
export function listReferences(): Reference[] {
  const file = join(resourcesFolder, 'references.json');
  return fileSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).references;
}
