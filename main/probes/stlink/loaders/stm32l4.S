@ Programs double words into STM32L4, L4+ and G4 Flash (RM0351 3.3.7, RM0440 3.3.7). The host has set PG.
@ in:  r0 source, r1 destination, r2 number of double words, r3 address of FLASH_SR
@ out: r0 error bits of FLASH_SR (0: all written), then a breakpoint
        .syntax unified
        .cpu cortex-m3
        .thumb
        .text
        movw    r6, #0xc3fa             @ OPERR, PROGERR, WRPERR, PGAERR, SIZERR, PGSERR, MISERR, FASTERR, RDERR, OPTVERR
next:   cbz     r2, done
        ldr     r4, [r0], #4
        ldr     r5, [r0], #4
        str     r4, [r1], #4
        str     r5, [r1], #4
        dsb
busy:   ldr     r4, [r3]
        tst     r4, #0x10000            @ BSY
        bne     busy
        ands    r4, r4, r6
        bne     failed
        subs    r2, #1
        b       next
done:   movs    r4, #0
failed: mov     r0, r4
        bkpt    #0
