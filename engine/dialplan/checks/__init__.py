"""What can be doubtful in a dialplan that loads, one subject a file. Each check takes an account and gives doubts.

What a single node can know about itself it tells by ``Node.doubts``; here is what takes the whole account.
"""
