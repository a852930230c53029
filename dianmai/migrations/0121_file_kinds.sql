-- What is held already, by kind. Apart from 0120: nobody waits for it who holds other files meanwhile.
UPDATE file_holding h SET kind = f.kind FROM file f WHERE f.id = h.file AND f.kind <> 'picture';
