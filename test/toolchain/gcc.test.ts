import { describe, expect, it } from 'vitest';
import { readDiagnostics } from '../../main/toolchain/index.ts';

describe('what the compiler says', () => {
  it('is read with file, line and severity', () => {
    const stderr = `model/model.c: In function 'model_invoke':
model/model.c:17:3: warning: unused variable 'x' [-Wunused-variable]
model/model.c:18:12: error: 'output' undeclared (first use in this function)`;
    expect(readDiagnostics(stderr)).toEqual([
      { file: 'model/model.c', line: 17, severity: 'warning', text: "unused variable 'x' [-Wunused-variable]" },
      { file: 'model/model.c', line: 18, severity: 'error', text: "'output' undeclared (first use in this function)" },
    ]);
  });

  it('is read from the linker too', () => {
    const stderr = `/usr/lib/gcc/arm-none-eabi/12.2.1/../../../arm-none-eabi/bin/ld: model/model.o: in function \`model_invoke':
model.c:(.text.model_invoke+0x1a): undefined reference to \`revert'
collect2: error: ld returned 1 exit status`;
    expect(readDiagnostics(stderr)).toEqual([
      { file: 'model.c', line: null, severity: 'error', text: "undefined reference to `revert'" },
    ]);
  });

  it('is read where a memory is full', () => {
    const stderr = `/usr/bin/ld: region \`RAM' overflowed by 1234 bytes`;
    expect(readDiagnostics(stderr)[0]).toMatchObject({
      severity: 'error',
      text: "region `RAM' overflowed by 1234 bytes",
    });
  });

  it('is read where a header is missing and where the driver itself complains', () => {
    const stderr = `a.c:1:10: fatal error: nothing.h: No such file or directory
arm-none-eabi-gcc: error: unrecognized command-line option '-mnone'`;
    expect(readDiagnostics(stderr)).toEqual([
      { file: 'a.c', line: 1, severity: 'error', text: 'nothing.h: No such file or directory' },
      { file: null, line: null, severity: 'error', text: "unrecognized command-line option '-mnone'" },
    ]);
  });
});
