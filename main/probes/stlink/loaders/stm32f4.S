@ Programs words into STM32F4 and STM32F7 Flash (RM0090 3.6.3, RM0385 3.3.6). The host has set PG and PSIZE = 32 bits.
@ in:  r0 source, r1 destination, r2 number of words, r3 address of FLASH_SR
@ out: r0 error bits of FLASH_SR (0: all written), then a breakpoint
        .syntax unified
        .cpu cortex-m3
        .thumb
        .text
next:   cbz     r2, done
        ldr     r4, [r0], #4
        str     r4, [r1], #4
        dsb
busy:   ldr     r4, [r3]
        tst     r4, #0x10000            @ BSY
        bne     busy
        ands    r4, r4, #0xf2           @ OPERR, WRPERR, PGAERR, PGPERR, PGSERR/ERSERR
        bne     failed
        subs    r2, #1
        b       next
done:   movs    r4, #0
failed: mov     r0, r4
        bkpt    #0
